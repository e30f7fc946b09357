// The staff's pages, better with a script: refusals shown in place, drafts saved on leaving.
// Every page works without it.

const form = document.getElementById('work-form')

document.body.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr } = event.detail
  // A claim that came too late answers 409 with the row as it is now: show it.
  if (xhr.status === 409) {
    event.detail.shouldSwap = true
    event.detail.isError = false
  }
  // The login has expired: a page with a form says so and keeps what is typed, a list asks for it.
  if (xhr.responseURL && new URL(xhr.responseURL).pathname === '/login') {
    event.detail.shouldSwap = false
    if (form) tell(form.dataset.failed)
    else window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`)
  }
})

if (form && form.dataset.draft) {
  const content = () => new URLSearchParams(new FormData(form)).toString()
  let saved = content()
  let leaving = false

  form.addEventListener('submit', () => { leaving = true })
  form.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.successful) saved = content()
  })
  // An expired login or a lost line: say so instead of saving in vain.
  form.addEventListener('htmx:responseError', () => { tell(form.dataset.failed) })
  form.addEventListener('htmx:sendError', () => { tell(form.dataset.failed) })

  // What was typed in the last second before leaving.
  window.addEventListener('pagehide', () => {
    if (leaving || content() === saved) return
    const data = new FormData(form)
    data.append('beacon', '1')
    navigator.sendBeacon(form.dataset.draft, data)
  })
}

function tell(text) {
  const place = document.getElementById('saved')
  if (place && text) place.textContent = text
}
