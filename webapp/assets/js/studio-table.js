// The editor of decisions: dmn-js, with a tab for each decision of the file.
import 'dmn-js/dist/assets/diagram-js.css'
import 'dmn-js/dist/assets/dmn-js-shared.css'
import 'dmn-js/dist/assets/dmn-js-drd.css'
import 'dmn-js/dist/assets/dmn-js-decision-table.css'
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css'
import 'dmn-js/dist/assets/dmn-js-literal-expression.css'
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css'
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css'
import 'dmn-js/dist/assets/dmn-font/css/dmn.css'
import DmnModeler from 'dmn-js/lib/Modeler'
import { begin, given, place, shownHere, t, unreadable } from './_studio.js'
import { speak, speakBeside, translate } from './_studio-zh.js'

const words = { additionalModules: [{ translate: ['value', translate] }] }
const modeler = new DmnModeler({
  container: '#studio-canvas',
  drd: words,
  decisionTable: words,
  literalExpression: words,
  boxedExpression: words,
})
const content = async () => (await modeler.saveXML({ format: true })).xml
let changed = () => {}

// Each view has a stack of its own; whichever changes, the file has changed.
const watched = new WeakSet()
function watch() {
  const viewer = modeler.getActiveViewer()
  if (!viewer || watched.has(viewer)) return
  watched.add(viewer)
  viewer.get('eventBus').on('commandStack.changed', () => changed())
}

function tabs() {
  const nav = document.getElementById('studio-views')
  const active = modeler.getActiveView()
  nav.replaceChildren(
    ...modeler.getViews().map((view) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.className = 'lb-studio__tool'
      button.setAttribute('aria-pressed', String(view === active))
      button.textContent = view.type === 'drd' ? t('决策关系图', 'Requirements') : view.name || view.id
      button.addEventListener('click', () => modeler.open(view))
      return button
    }),
  )
}

async function open() {
  modeler.on('views.changed', () => {
    tabs()
    watch()
  })
  try {
    await modeler.importXML(given())
  } catch (error) {
    unreadable(error)
    return
  }
  const first = modeler.getViews().find((view) => view.type !== 'drd')
  if (first) await modeler.open(first)
  changed = begin({ content, go: null }).changed
  watch()
  speak(document.getElementById('studio-canvas'))
  speakBeside()
  place.dataset.ready = 'true'
}

document.querySelectorAll('[data-act]').forEach((button) => {
  button.addEventListener('click', () => {
    const name = button.dataset.act
    if (name === 'problems') button.setAttribute('aria-expanded', String(place.classList.toggle('shows-problems')))
    else modeler.getActiveViewer().get('commandStack')[name]()
  })
})
if (shownHere) open()
window.lianbanStudio = modeler
document.getElementById('studio-canvas').setAttribute('aria-label', t('决策表画布', 'Canvas of the decision'))
