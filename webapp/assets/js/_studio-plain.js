// What our language asks of elements that have no template: an English name for whatever is named,
// the application's form for the start. One field each, one step to undo.
import { SelectEntry, TextFieldEntry, isSelectEntryEdited, isTextFieldEntryEdited } from '@bpmn-io/properties-panel'
import { jsx } from '@bpmn-io/properties-panel/preact/jsx-runtime'
import { useService } from 'bpmn-js-properties-panel'
import { choices, t } from './_studio.js'

const NAME = 'nameEn'
const PROPERTIES = 'camunda:Properties'

const kept = (element) => element.businessObject.get('extensionElements')
const properties = (element) => kept(element)?.get('values').find((one) => one.$type === PROPERTIES)
const property = (element, name) => properties(element)?.get('values').find((one) => one.get('name') === name)

// The extension elements as they will be: one command, so that one undo takes it back.
function withProperty(element, factory, name, value) {
  const others = (properties(element)?.get('values') || []).filter((one) => one.get('name') !== name)
  const values = value ? [...others, factory.create('camunda:Property', { name, value })] : others
  const rest = (kept(element)?.get('values') || []).filter((one) => one.$type !== PROPERTIES)
  const all = values.length ? [factory.create(PROPERTIES, { values }), ...rest] : rest
  return all.length ? factory.create('bpmn:ExtensionElements', { values: all }) : undefined
}

function EnglishName({ element, id }) {
  const modeling = useService('modeling')
  const factory = useService('bpmnFactory')
  const debounce = useService('debounceInput')
  return jsx(TextFieldEntry, {
    element,
    id,
    label: t('英文名称', 'English name'),
    debounce,
    getValue: () => property(element, NAME)?.get('value') || '',
    setValue: (value) => {
      modeling.updateProperties(element, { extensionElements: withProperty(element, factory, NAME, value) })
    },
  })
}

function ApplicationForm({ element, id }) {
  const modeling = useService('modeling')
  const forms = choices().forms
  return jsx(SelectEntry, {
    element,
    id,
    label: t('申请表', 'Form of the application'),
    getOptions: () => forms.map(({ value, name }) => ({ value, label: name })),
    getValue: () => element.businessObject.get('camunda:formRef') || '',
    setValue: (value) => {
      const binding = value ? 'deployment' : undefined
      modeling.updateProperties(element, { 'camunda:formRef': value || undefined, 'camunda:formRefBinding': binding })
    },
  })
}

const isStart = (element) =>
  element.businessObject.$type === 'bpmn:StartEvent' && element.businessObject.$parent?.$type === 'bpmn:Process'
const hasTemplate = (element) => Boolean(element.businessObject.get('camunda:modelerTemplate'))

// The group of such an element; nothing where its template has the fields.
export function plainGroup(element) {
  if (!element.businessObject || hasTemplate(element)) return null
  const entries = []
  if (isStart(element)) {
    entries.push({ id: 'lianban-form', element, component: ApplicationForm, isEdited: isSelectEntryEdited })
  }
  if (element.businessObject.get('name')) {
    entries.push({ id: 'lianban-name-en', element, component: EnglishName, isEdited: isTextFieldEntryEdited })
  }
  return entries.length ? { id: 'lianban', label: t('联办', 'Lianban'), entries } : null
}
