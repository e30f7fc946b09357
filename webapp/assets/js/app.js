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

// A wide diagram is made as small as can still be read; wider ones scroll.
const LEAST_SCALE = 0.5
const SMALL_SCREEN = 640
function fit(canvas) {
  const svg = canvas.querySelector('svg')
  const wide = svg && svg.viewBox.baseVal.width
  if (!wide || canvas.clientWidth === 0) return
  const least = canvas.clientWidth < SMALL_SCREEN ? 1 : LEAST_SCALE
  const shown = wide * Math.min(1, Math.max(canvas.clientWidth / wide, least))
  svg.style.width = `${Math.floor(shown)}px`
  svg.style.maxWidth = 'none'
  canvas.parentElement.classList.toggle('is-whole', shown <= canvas.clientWidth + 1)
}

// A diagram that scrolls opens where the case stands.
function showPosition(canvas) {
  const { focus } = canvas.dataset
  const here = focus && canvas.querySelector(`[data-element="${CSS.escape(focus)}"]`)
  if (!here) return
  const box = here.getBoundingClientRect()
  canvas.scrollLeft += box.left + box.width / 2 - canvas.getBoundingClientRect().left - canvas.clientWidth / 2
}

// A diagram in a closed tab has no width yet: it is fitted when it gets one.
const watch = new ResizeObserver((entries) => {
  entries.forEach(({ target }) => {
    fit(target)
    if (target.dataset.shown || target.clientWidth === 0) return
    target.dataset.shown = '1'
    showPosition(target)
  })
})
document.querySelectorAll('.lb-diagram__canvas').forEach((canvas) => watch.observe(canvas))

// Questions drawn anew by the server keep what was typed while its answer was on the way.
const TYPED = 'input:not([type=hidden]):not([type=file]), select, textarea'
const TICKED = ['checkbox', 'radio']
const nameOf = (field) => (TICKED.includes(field.type) ? `${field.name}=${field.value}` : field.name)
let kept = null
document.body.addEventListener('htmx:beforeSwap', ({ detail }) => {
  if (detail.target.id !== 'questions') return
  const fields = [...detail.target.querySelectorAll(TYPED)]
  const active = fields.find((field) => field === document.activeElement)
  kept = {
    values: new Map(fields.map((field) => [nameOf(field), TICKED.includes(field.type) ? field.checked : field.value])),
    active: active && { name: nameOf(active), from: active.selectionStart, to: active.selectionEnd },
  }
})
document.body.addEventListener('htmx:afterSwap', () => {
  if (!kept) return
  const { values, active } = kept
  kept = null
  document.querySelectorAll('#questions').forEach((questions) => {
    questions.querySelectorAll(TYPED).forEach((field) => {
      const name = nameOf(field)
      if (!values.has(name)) return
      const part = TICKED.includes(field.type) ? 'checked' : 'value'
      if (field[part] !== values.get(name)) field[part] = values.get(name)
      if (!active || active.name !== name) return
      field.focus({ preventScroll: true })
      if (active.from !== null && active.from !== undefined) field.setSelectionRange(active.from, active.to)
    })
  })
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
