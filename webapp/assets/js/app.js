// The one script of the web pages: every page works without it and better with it.
import { initAll as initGovuk } from 'govuk-frontend'
import { initAll as initMoj } from '@ministryofjustice/frontend'
import htmx from 'htmx.org'

// No eval and no injected style element: the content security policy refuses both.
htmx.config.allowEval = false
htmx.config.includeIndicatorStyles = false
htmx.config.attributesToSettle = ['class', 'width', 'height']
window.htmx = htmx

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initGovuk()
initMoj()

// A page shown again after a login stands at another address: show its own, so that reload works.
const page = document.body.dataset.page
const here = window.location.pathname + window.location.search
if (page && page !== here && document.body.hasAttribute('data-reopened')) {
  window.history.replaceState(null, '', page)
}

// Buttons that only a script can serve are hidden until there is one.
document.querySelectorAll('[data-print]').forEach((button) => {
  button.hidden = false
  button.addEventListener('click', () => window.print())
})

// Paper cannot be clicked: everything that is folded is printed open.
window.addEventListener('beforeprint', () => {
  document.querySelectorAll('main details').forEach((part) => (part.open = true))
})

// A wide diagram opens where the case stands.
document.querySelectorAll('.lb-diagram__canvas').forEach((canvas) => {
  const { focus } = canvas.dataset
  const here = focus && canvas.querySelector(`[data-element="${CSS.escape(focus)}"]`)
  if (!here) return
  const box = here.getBoundingClientRect()
  canvas.scrollLeft += box.left + box.width / 2 - canvas.getBoundingClientRect().left - canvas.clientWidth / 2
})

// Ask before somebody leaves a page with answers that were not saved.
document.querySelectorAll('form[data-guard]').forEach((form) => {
  let changed = false
  form.addEventListener('input', () => (changed = true))
  form.addEventListener('submit', () => (changed = false))
  window.addEventListener('beforeunload', (event) => {
    if (changed) event.preventDefault()
  })
})

// A file is sent as soon as it is chosen; the button stays for those without a script.
document.querySelectorAll('form[data-send-on-choice]').forEach((form) => {
  const field = form.querySelector('input[type=file]')
  field.addEventListener('change', () => {
    if (field.files.length === 0) return
    form.classList.add('is-sending')
    form.requestSubmit()
  })
})
