// What the editors' libraries say, in Chinese; what is not here stays as they say it.
import { english, path } from './_studio.js'
import DIAGRAMS, { PATTERNS as OF_DIAGRAMS } from './_studio-zh-diagrams.js'
import FORMS, { PATTERNS as OF_FORMS } from './_studio-zh-forms.js'
import TABLES, { PATTERNS as OF_TABLES } from './_studio-zh-tables.js'

// Said by libraries that do not translate: tools of forms, of decisions and of the token simulation.
const SAID = {
  Components: '组件',
  'Search components': '查找组件',
  'No components found.': '没有找到组件。',
  Selection: '选择',
  Presentation: '展示',
  Containers: '容器',
  Action: '按钮',
  'Text field': '单行文字',
  'Text area': '多行文字',
  Number: '数字',
  'Date time': '日期时间',
  'File picker': '文件',
  Checkbox: '勾选框',
  'Checkbox group': '多选',
  'Radio group': '单选',
  'Tag list': '标签多选',
  'Text view': '文字',
  'Image view': '图片',
  'HTML view': 'HTML',
  Table: '表格',
  Spacer: '间隔',
  Separator: '分隔线',
  'Dynamic list': '多行列表',
  'Document preview': '文档预览',
  iFrame: '内嵌页',
  Button: '按钮',
  FORM: '表单',
  Form: '表单',
  'Field label': '名称',
  'Field description': '说明',
  'Group label': '分组名称',
  'Date label': '日期名称',
  'Time label': '时间名称',
  Key: '键',
  'Default value': '默认值',
  'Read only': '只读',
  Disabled: '停用',
  Required: '必填',
  Validation: '校验',
  'Validation pattern': '校验格式',
  'Minimum length': '最短',
  'Maximum length': '最长',
  Minimum: '最小',
  Maximum: '最大',
  'Hide if': '何时隐藏',
  Layout: '版面',
  Columns: '列数',
  Appearance: '外观',
  Prefix: '前缀',
  Suffix: '后缀',
  Options: '选项',
  'Options source': '选项来源',
  'Static options': '固定选项',
  Label: '名称',
  'Custom properties': '其他属性（英文名称等）',
  Text: '文字',
  'Decimal digits': '小数位',
  Increment: '步长',
  Subtype: '类型',
  'Date & Time': '日期和时间',
  Time: '时间',
  'Use 24h': '24小时制',
  'Time interval': '时间间隔',
  'Disallow past dates': '不许过去的日期',
  Path: '路径',
  'Default number of items': '起始行数',
  'Allow add/remove items': '可以增减行',
  'Disable collapse': '不折叠',
  'Vertical alignment': '垂直对齐',
  'Show outline': '显示边框',
  'Multiple': '多个',
  'Drag and drop components here to start designing': '把组件拖到这里',
  'Token Simulation': '令牌模拟',
  'Hit policy:': '命中策略：',
  Applied: '已套用',
  'Click to remove dynamic value with FEEL expression': '点击改为固定的值',
  'Click to set a dynamic value with FEEL expression': '点击改用 FEEL 表达式',
  'FEEL expression is mandatory': '须写 FEEL 表达式',
  'Unparsable FEEL expression.': 'FEEL 表达式读不懂。',
  'JSON contains errors': 'JSON 有错误',
  'Opened in editor': '已在大窗口中打开',
  'Open documentation': '打开说明',
  'Section contains an error': '有错误',
  'List contains {numOfItems} item': '共{numOfItems}项',
  'List contains {numOfItems} items': '共{numOfItems}项',
  'Close popup': '关闭窗口',
  Results: '查找结果',
  Close: '关闭',
  'Powered by bpmn.io': '由 bpmn.io 提供',
  'Loading...': '正在读取……',
  '<empty>': '（空）',
}

const WORDS = {
  // palette and tools
  'Activate hand tool': '移动画布',
  'Activate lasso tool': '框选',
  'Activate create/remove space tool': '增减空间',
  'Activate global connect tool': '连线',
  'Create start event': '开始事件',
  'Create intermediate/boundary event': '中间或边界事件',
  'Create end event': '结束事件',
  'Create gateway': '网关',
  'Create task': '任务',
  'Create user task': '环节（用户任务）',
  'Create expanded sub-process': '子流程（展开）',
  'Create data object reference': '数据对象',
  'Create data store reference': '数据存储',
  'Create pool/participant': '泳池',
  'Create group': '分组框',
  'Create element': '新建元素',
  'Append element': '接着画',
  'Append task': '接着画任务',
  'Append user task': '接着画环节',
  'Append end event': '接着画结束事件',
  'Append gateway': '接着画网关',
  'Append intermediate/boundary event': '接着画中间事件',
  'Append text annotation': '加注释',
  'Add text annotation': '加注释',
  'Connect to other element': '连到别的元素',
  'Connect using sequence/message flow or association': '连线',
  'Change element': '更换类型',
  'Change type': '更换类型',
  Delete: '删除',
  'Set color': '设置颜色',
  'Align elements': '对齐',
  'Distribute elements horizontally': '水平均布',
  'Distribute elements vertically': '垂直均布',
  'Search in diagram': '在图中查找',
  'Toggle minimap': '缩略图',
  'Open minimap': '打开缩略图',
  'Close minimap': '收起缩略图',
  // kinds
  'Start event': '开始事件',
  'End event': '结束事件',
  'Intermediate throw event': '中间抛出事件',
  'Terminate end event': '终止结束事件',
  'Message start event': '消息开始事件',
  'Timer start event': '定时开始事件',
  'Timer intermediate catch event': '定时中间事件',
  'Message intermediate catch event': '消息中间事件',
  'Timer boundary event': '边界定时事件',
  'Timer boundary event (non-interrupting)': '边界定时事件（不中断）',
  'Message boundary event': '边界消息事件',
  'Error boundary event': '边界错误事件',
  'Error end event': '错误结束事件',
  'Message end event': '消息结束事件',
  'Signal end event': '信号结束事件',
  Task: '任务',
  'User task': '环节（用户任务）',
  'Service task': '服务任务',
  'Send task': '发送任务',
  'Receive task': '接收任务',
  'Script task': '脚本任务',
  'Manual task': '人工任务',
  'Business rule task': '决策任务',
  'Call activity': '调用活动',
  'Sub-process': '子流程',
  'Sub-process (expanded)': '子流程（展开）',
  'Sub-process (collapsed)': '子流程（折叠）',
  'Event sub-process': '事件子流程',
  Transaction: '事务',
  'Ad-hoc sub-process': '特别子流程',
  'Exclusive gateway': '排他网关',
  'Parallel gateway': '并行网关',
  'Inclusive gateway': '包容网关',
  'Event-based gateway': '事件网关',
  'Complex gateway': '复杂网关',
  'Parallel multi-instance': '并行多实例',
  'Sequential multi-instance': '串行多实例',
  Loop: '循环',
  'Sequence flow': '顺序流',
  'Default flow': '默认流',
  'Conditional flow': '条件流',
  'Text annotation': '注释',
  Group: '分组',
  Process: '流程',
  Participant: '泳池',
  Lane: '泳道',
  Events: '事件',
  Tasks: '任务',
  Gateways: '网关',
  'Sub-processes': '子流程',
  Participants: '参与者',
  Data: '数据',
  Templates: '模板',
  'Select element': '选择元素',
  Search: '查找',
  // properties panel
  General: '基本',
  Documentation: '文档',
  Name: '名称',
  ID: '编号（id）',
  'Version tag': '版本标签',
  Executable: '可执行',
  'Process ID': '流程编号',
  'Process name': '流程名称',
  Condition: '条件',
  Type: '类型',
  Expression: '表达式',
  'Condition Expression': '条件表达式',
  'Condition expression': '条件表达式',
  Script: '脚本',
  'External resource': '外部资源',
  Timer: '定时',
  Value: '值',
  Duration: '时长',
  Date: '日期',
  Cycle: '周期',
  'Multi-instance': '多实例',
  'Loop cardinality': '次数',
  Collection: '集合',
  'Element variable': '元素变量',
  'Completion condition': '完成条件',
  Message: '消息',
  Signal: '信号',
  Error: '错误',
  Escalation: '升级',
  Link: '链接',
  'Global message reference': '消息引用',
  'Global signal reference': '信号引用',
  'Create new ...': '新建……',
  'Called element': '被调用流程',
  Implementation: '实现方式',
  'Decision reference': '决策引用',
  Binding: '绑定',
  'Result variable': '结果变量',
  'Map decision result': '结果映射',
  Forms: '表单',
  'Form reference': '表单引用',
  'Form fields': '表单字段',
  'Start initiator': '发起人变量',
  Template: '模板',
  Select: '选择',
  'Select template': '选择模板',
  Unlink: '解除模板',
  Remove: '移除',
  Update: '更新',
  'No template available': '没有可用的模板',
  'Multiple elements selected. Select a single element to edit its properties.': '选中了多个元素，请只选一个来修改属性。',
  'Multiple elements are selected': '选中了多个元素',
  'Select a single element to edit its properties.': '请只选一个元素来修改属性。',
  'Select an element to edit its properties.': '请选择一个元素来修改属性。',
  'Must not be empty.': '不能为空。',
  'Must match pattern {pattern}.': '须符合格式 {pattern}。',
  'This maps to the process definition key.': '即流程的标识。',
  'ID must be unique.': '编号不能重复。',
  'ID must not be empty.': '编号不能为空。',
  'ID must not contain spaces.': '编号不能有空格。',
  'Open pop-up editor': '在大窗口中编辑',
  'Toggle section': '展开或收起',
  'Section contains data': '有内容',
  'Section contains edits': '有修改',
  'Create new list item': '新增一项',
  'Delete item': '删除',
  'Toggle list item': '展开或收起',
  Create: '新建',
  '<none>': '（无）',
  '<unnamed>': '（未命名）',
  // token simulation
  'Token Simulation': '令牌模拟',
  'Toggle Token Simulation': '令牌模拟',
  'Simulation Log': '模拟记录',
  'Play/Pause Simulation': '继续或暂停',
  'Play simulation': '继续',
  'Pause simulation': '暂停',
  'Reset Simulation': '重新开始',
  'Reset': '重新开始',
  'Show Simulation Log': '显示记录',
  'Set Animation Speed': '速度',
  'Set animation speed = {speed}': '速度 {speed}',
  'Toggle pause point': '设暂停点',
  'Trigger Event': '触发',
  'Start': '开始',
  'No Entries': '还没有记录',
  'Process started': '流程开始',
  'Process finished': '流程结束',
  'Process canceled': '流程取消',
  // decisions
  'Decision Table': '决策表',
  'Hit Policy': '命中策略',
  'Hit policy': '命中策略',
  Unique: '唯一（U）',
  First: '第一条（F）',
  Any: '任意（A）',
  Collect: '收集（C）',
  When: '当',
  Then: '则',
  And: '且',
  Annotations: '备注',
  'Add rule': '增加规则',
  'Add Rule': '增加规则',
  'Add Input': '增加输入',
  'Add Output': '增加输出',
  'Edit DRD': '查看关系图',
  'View DRD': '查看关系图',
  'Expression language': '表达式语言',
  'Input label': '输入名称',
  'Output label': '输出名称',
  'Output name': '输出变量',
  'Add above': '在上方增加',
  'Add below': '在下方增加',
  'Add left': '在左边增加',
  'Add right': '在右边增加',
  Copy: '复制',
  Cut: '剪切',
  'Paste above': '粘贴到上方',
  'Paste below': '粘贴到下方',
  Rule: '规则',
  Input: '输入',
  Output: '输出',
}

// The attributes that are read out or shown beside the pointer.
const MARKS = ['placeholder', 'title', 'aria-label']

// Each editor has words of its own: one that two of them use differently is said as its place says.
const OWN = { bpmn: [DIAGRAMS, OF_DIAGRAMS], form: [FORMS, OF_FORMS], dmn: [TABLES, OF_TABLES] }
const [MINE, OF_MINE] = OWN[path.split('.').pop()] || [{}, []]

const OF_ALL = [[/^List contains (\d+) items?$/, '共$1项']]

function inChinese(said) {
  const known = MINE[said] || SAID[said] || WORDS[said]
  if (known || !/[A-Za-z]/.test(said)) return known
  const [form, words] = [...OF_MINE, ...OF_ALL].find(([one]) => one.test(said)) || []
  return form && said.replace(form, (_, ...found) => words.replace(/\$(\d)/g, (__, n) => inChinese(found[n - 1]) || found[n - 1]))
}

// The head of the properties panel writes the kinds with other capitals, and without hyphens.
const plain = (said) => said.toLowerCase().replace(/-/g, ' ').replace(/[()]/g, '')
const KINDS = new Map(Object.entries({ ...WORDS, ...DIAGRAMS }).map(([said, words]) => [plain(said), words]))
const kindOf = (said) => KINDS.get(plain(said)) || KINDS.get(plain(said).replace(/^(expanded|collapsed) (.+)$/, '$2 $1'))

// Libraries that offer no translation: the words of their own tools are put into Chinese where they
// stand. Only whole texts that are in the list, and never inside what people write.
export function speak(root) {
  if (english || !root) return
  const own = (node) => {
    const parent = node.parentElement
    if (!parent || parent.closest('textarea, [contenteditable], svg .djs-visual, .fjs-form :is(label, legend, option, .fjs-form-field-label, .fjs-form-field-description, .fjs-form-field-text), .cm-editor, .tjs-table td')) return
    const said = node.data.trim()
    const kind = parent.classList.contains('bio-properties-panel-header-type') && kindOf(said)
    const words = kind || inChinese(said)
    if (words) node.data = node.data.replace(node.data.trim(), words)
  }
  const name = (one) => {
    for (const mark of MARKS) {
      const words = inChinese((one.getAttribute(mark) || '').trim())
      if (words) one.setAttribute(mark, words)
    }
  }
  const walk = (from) => {
    if (from.nodeType === Node.TEXT_NODE) own(from)
    if (from.nodeType !== Node.ELEMENT_NODE) return
    const texts = document.createTreeWalker(from, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) own(texts.currentNode)
    const marked = [from, ...from.querySelectorAll('[placeholder], [title], [aria-label]')]
    marked.forEach(name)
  }
  walk(root)
  new MutationObserver((changes) => {
    changes.forEach(({ type, target, addedNodes }) => {
      if (type === 'characterData') own(target)
      else if (type === 'attributes') name(target)
      else addedNodes.forEach(walk)
    })
  }).observe(root, { childList: true, characterData: true, attributes: true, attributeFilter: MARKS, subtree: true })
}

// Windows that a library opens beside the page: each is put into Chinese as it opens.
export function speakBeside() {
  if (english) return
  new MutationObserver((changes) => {
    changes.forEach(({ addedNodes }) => addedNodes.forEach((one) => one.nodeType === Node.ELEMENT_NODE && speak(one)))
  }).observe(document.body, { childList: true })
}

// Fills {places} as the libraries' own function does.
export function translate(template, values = {}) {
  const words = english ? template : MINE[template] || WORDS[template] || template
  return words.replace(/{([^}]+)}/g, (_, name) => values[name] ?? `{${name}}`)
}
