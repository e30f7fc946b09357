// The editor of diagrams: bpmn-js with our element templates, our check's marks and both languages.
import 'bpmn-js/dist/assets/diagram-js.css'
import 'bpmn-js/dist/assets/bpmn-js.css'
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css'
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css'
import 'bpmn-js-element-templates/dist/assets/element-templates.css'
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css'
import 'diagram-js-minimap/assets/diagram-js-minimap.css'
import Modeler from 'bpmn-js/lib/Modeler'
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  CamundaPlatformPropertiesProviderModule,
} from 'bpmn-js-properties-panel'
import { ElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates'
import behaviors from 'camunda-bpmn-js-behaviors/lib/camunda-platform'
import camunda from 'camunda-bpmn-moddle/resources/camunda.json'
import simulation from 'bpmn-js-token-simulation'
import minimap from 'diagram-js-minimap'
import { begin, choices, english, given, place, shownHere, t, unreadable } from './_studio.js'
import { plainGroup } from './_studio-plain.js'
import { speak, speakBeside, translate } from './_studio-zh.js'

const MARK = 'lianban-check'
// Groups of the panel that our language has no use for; "all properties" shows them.
const NEEDLESS = /AsynchronousContinuations|JobExecution|Listener|ExtensionProperties|HistoryCleanup|Tasklist|CandidateStarter|ExternalTask|StartInitiator|VersionTag|FormData|Form$|UserAssignment|Output|Input|FieldInjection|documentation/
let everything = false

// Our own part: fewer groups; what is drawn with one click is a step that somebody does.
function Plain(propertiesPanel, palette, contextPad, create, elementFactory, autoPlace) {
  propertiesPanel.registerProvider(100, {
    getGroups: (element) => (groups) => {
      const ours = plainGroup(element)
      const shown = everything ? groups : groups.filter((one) => !NEEDLESS.test(one.id))
      return ours ? [...shown.slice(0, 1), ours, ...shown.slice(1)] : shown
    },
  })
  const step = () => elementFactory.createShape({ type: 'bpmn:UserTask' })
  const words = (title) => ({ className: 'bpmn-icon-user-task', title })
  palette.registerProvider(500, {
    getPaletteEntries: () => (entries) => {
      const start = (event) => create.start(event, step())
      const drawn = { group: 'activity', ...words(t('环节', 'Step')), action: { dragstart: start, click: start } }
      return { ...entries, 'create.task': drawn }
    },
  })
  contextPad.registerProvider(500, {
    getContextPadEntries: (element) => (entries) => {
      if (!entries['append.append-task']) return entries
      const place = () => autoPlace.append(element, step())
      const drag = (event) => create.start(event, step(), { source: element })
      const drawn = { group: 'model', ...words(t('接着画环节', 'Append a step')), action: { dragstart: drag, click: place } }
      return { ...entries, 'append.append-task': drawn }
    },
  })
}
Plain.$inject = ['propertiesPanel', 'palette', 'contextPad', 'create', 'elementFactory', 'autoPlace']
const plain = { __init__: ['lianbanPlain'], lianbanPlain: ['type', Plain] }

// The groups of our templates stand open: nobody should have to look for a limit.
function opened() {
  const ids = choices().templates.flatMap((one) => (one.groups || []).map((group) => group.id))
  const names = ['general', 'lianban', 'timer', 'CamundaPlatform__Condition', ...ids.map((id) => `ElementTemplates__CustomProperties-${id}`)]
  return Object.fromEntries(names.map((name) => [name, { open: true }]))
}

const modeler = new Modeler({
  container: '#studio-canvas',
  propertiesPanel: { parent: '#studio-panel', layout: { groups: opened() } },
  keyboard: { bind: true },
  moddleExtensions: { camunda },
  elementTemplates: choices().templates,
  additionalModules: [
    BpmnPropertiesPanelModule,
    BpmnPropertiesProviderModule,
    CamundaPlatformPropertiesProviderModule,
    ElementTemplatesPropertiesProviderModule,
    behaviors,
    simulation,
    minimap,
    plain,
    ...(english ? [] : [{ translate: ['value', translate] }]),
  ],
})

const canvas = () => modeler.get('canvas')

function show(problems) {
  const overlays = modeler.get('overlays')
  const registry = modeler.get('elementRegistry')
  overlays.remove({ type: MARK })
  const by = new Map()
  problems.forEach((one) => {
    if (one.element) by.set(one.element, [...(by.get(one.element) || []), one])
  })
  by.forEach((found, id) => {
    const element = registry.get(id)
    if (!element || element === canvas().getRootElement()) return
    overlays.add(id, MARK, { position: { top: -12, left: -12 }, html: mark(found, id) })
  })
}

function mark(found, id) {
  const button = document.createElement('button')
  const bad = found.some((one) => one.severity === 'error')
  button.type = 'button'
  button.className = `lb-mark is-${bad ? 'error' : 'warning'}`
  button.textContent = String(found.length)
  const words = found.map((one) => [one.message, one.hint].filter(Boolean).join(' ')).join('\n')
  button.title = words
  button.setAttribute('aria-label', words)
  button.addEventListener('click', () => go(id))
  return button
}

function go(id) {
  const element = modeler.get('elementRegistry').get(id)
  if (!element) return
  canvas().scrollToElement(element)
  modeler.get('selection').select(element)
}

// Everything in sight, beside the palette.
const PALETTE = 130
const MARGIN = 30
function fit() {
  const { inner, outer } = canvas().viewbox()
  const wide = outer.width - PALETTE - MARGIN
  const scale = Math.min(1.2, wide / inner.width, (outer.height - 2 * MARGIN) / inner.height)
  const x = inner.x - (PALETTE + Math.max(0, (wide - inner.width * scale) / 2)) / scale
  const y = inner.y - (outer.height / scale - inner.height) / 2
  canvas().viewbox({ x, y, width: outer.width / scale, height: outer.height / scale })
}

const content = async () => (await modeler.saveXML({ format: true })).xml

function buttons() {
  const act = {
    undo: () => modeler.get('commandStack').undo(),
    redo: () => modeler.get('commandStack').redo(),
    in: () => modeler.get('zoomScroll').stepZoom(1),
    out: () => modeler.get('zoomScroll').stepZoom(-1),
    fit,
    map: () => modeler.get('minimap').toggle(),
    picture: async () => {
      const { svg } = await modeler.saveSVG()
      const link = document.createElement('a')
      link.href = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
      link.download = 'diagram.svg'
      link.click()
      URL.revokeObjectURL(link.href)
    },
    all: (button) => {
      everything = !everything
      button.setAttribute('aria-pressed', String(everything))
      modeler.get('eventBus').fire('propertiesPanel.providersChanged')
    },
    problems: (button) => {
      const open = place.classList.toggle('shows-problems')
      button.setAttribute('aria-expanded', String(open))
    },
  }
  document.querySelectorAll('[data-act]').forEach((button) => {
    button.addEventListener('click', () => act[button.dataset.act](button))
  })
}

// A new step, co-handling or process gets the template of its kind, so that its fields are there at once.
function templated() {
  const templates = modeler.get('elementTemplates')
  const kinds = [['bpmn:UserTask', 'lianban.step']]
  const dress = ({ shape, element, context }) => {
    const made = shape || element || (context && context.newShape)
    if (!made || !made.businessObject || made.labelTarget) return
    const kind = kinds.find(([type]) => made.businessObject.$type === type)
    const template = kind && templates.get(kind[1])
    if (template && !made.businessObject.get('camunda:modelerTemplate')) templates.applyTemplate(made, template)
  }
  const bus = modeler.get('eventBus')
  bus.on(['commandStack.shape.replace.postExecuted', 'commandStack.shape.append.postExecuted'], 200, ({ context }) => {
    dress({ shape: context.newShape || context.shape })
  })
  bus.on('commandStack.shape.create.postExecuted', 200, ({ context }) => {
    if (!context.hints || context.hints.createElementsBehavior !== false) dress({ shape: context.shape })
  })
}

// A name being written on the canvas is finished before one is written in the panel: else it would
// overwrite that one when it closes.
document.getElementById('studio-panel').addEventListener('focusin', () => {
  const editing = modeler.get('directEditing')
  if (editing.isActive()) editing.complete()
})

async function open() {
  try {
    await modeler.importXML(given())
  } catch (error) {
    unreadable(error)
    return
  }
  fit()
  templated()
  const { changed } = begin({ content, show, go })
  modeler.on('commandStack.changed', changed)
  modeler.on('selection.changed', ({ newSelection }) => {
    place.dataset.selected = newSelection.map((one) => one.id).join(' ')
  })
  document.querySelectorAll('#studio-panel, #studio-canvas').forEach(speak)
  speakBeside()
  place.dataset.ready = 'true'
}

buttons()
if (shownHere) open()
document.querySelector('#studio-canvas').setAttribute('aria-label', t('流程图画布', 'Canvas of the diagram'))
window.lianbanStudio = modeler
