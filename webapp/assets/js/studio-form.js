// The editor of forms: form-js to draw, our own server to show what people will see.
import '@bpmn-io/form-js/dist/assets/form-js.css'
import '@bpmn-io/form-js/dist/assets/form-js-editor.css'
import '@bpmn-io/form-js/dist/assets/properties-panel.css'
import { FormEditor } from '@bpmn-io/form-js-editor'
import { ask, begin, choices, given, path, place, shownHere, t, unreadable } from './_studio.js'
import { speak, speakBeside, translate } from './_studio-zh.js'

// Offered is what our server can ask; what it cannot is still drawn where a form has it already.
function Offered(formFields) {
  const known = new Set(choices().types)
  const style = document.createElement('style')
  const unknown = Object.keys(formFields._formFields).filter((type) => !known.has(type))
  style.textContent = unknown.map((type) => `.fjs-palette-field[data-field-type="${type}"] { display: none; }`).join('\n')
  document.head.append(style)
}
Offered.$inject = ['formFields']
const offered = { __init__: ['lianbanOffered'], lianbanOffered: ['type', Offered] }

const editor = new FormEditor({
  container: document.getElementById('studio-canvas'),
  additionalModules: [{ translate: ['value', translate] }, offered],
})
const content = async () => `${JSON.stringify(editor.saveSchema(), null, 2)}\n`

const preview = document.getElementById('studio-preview')
async function look() {
  try {
    const { html } = await ask('preview', { path, text: await content() })
    preview.innerHTML = html
  } catch (error) {
    preview.textContent = error.message
  }
}

async function open() {
  try {
    await editor.importSchema(JSON.parse(given()))
  } catch (error) {
    unreadable(error)
    return
  }
  const { changed } = begin({ content, go: null })
  let timer = null
  editor.on('changed', () => {
    changed()
    clearTimeout(timer)
    timer = setTimeout(look, 600)
  })
  look()
  speak(document.getElementById('studio-canvas'))
  speakBeside()
  place.dataset.ready = 'true'
}

document.querySelectorAll('[data-act]').forEach((button) => {
  button.addEventListener('click', () => {
    const name = button.dataset.act
    if (name === 'problems') button.setAttribute('aria-expanded', String(place.classList.toggle('shows-problems')))
    else editor.get('commandStack')[name]()
  })
})
if (shownHere) open()
window.lianbanStudio = editor
document.getElementById('studio-canvas').setAttribute('aria-label', t('表单画布', 'Canvas of the form'))
