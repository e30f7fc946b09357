// What the three editors share: the draft, autosave, the check, who else draws, and what is said of it.

const SAVE_AFTER = 1200
const CHECK_AFTER = 500
const BEAT = 15000
const TRY_AGAIN = 5000

// The frame's own script says so too, but later than this one runs.
document.body.classList.add('js-enabled')

export const place = document.getElementById('studio')
// The libraries' text fields put style elements into the page: theirs carry the page's own nonce, so
// that the content policy need not allow any other.
const make = document.createElement.bind(document)
document.createElement = (name, options) => {
  const made = make(name, options)
  if (name === 'style') made.nonce = place.dataset.nonce
  return made
}

// A screen too narrow for the canvas shows a picture in its place.
export const shownHere = place.clientWidth > 0
if (shownHere) document.querySelector('.lb-studio-small').remove()
export const english = document.documentElement.lang === 'en'
export const t = (zh, en) => (english ? en : zh)
const base = place.dataset.base
export const path = place.dataset.path
let revision = Number(place.dataset.revision)

// An answer of our own server, always JSON; a login that has ended says so in words.
export async function ask(name, body) {
  const answer = await fetch(`${base}/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': place.dataset.token },
    body: JSON.stringify(body),
  })
  const given = await answer.json().catch(() => ({}))
  if (answer.ok) return given
  const error = new Error(given.message || t('服务器没有回答，请稍后再试。', 'The server did not answer; try again later.'))
  error.status = answer.status
  error.given = given
  throw error
}

const state = document.getElementById('studio-state')
const alarm = document.getElementById('studio-alarm')
function tell(text, tone = '') {
  if (state.textContent === text) return
  state.textContent = text
  state.className = `lb-studio__state ${tone ? `is-${tone}` : ''}`
}

// Something that needs a decision: a sentence and buttons, above the canvas.
function decide(text, choices) {
  alarm.replaceChildren()
  const words = document.createElement('p')
  words.textContent = text
  alarm.append(words)
  choices.forEach(([label, act]) => {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'govuk-button lb-button lb-button--secondary'
    button.textContent = label
    button.addEventListener('click', act)
    alarm.append(button)
  })
  alarm.hidden = false
}

const reload = () => {
  dirty = false
  window.location.reload()
}

let dirty = false
let stopped = false
let content = null
let saving = null
let saveTimer = null
let checkTimer = null

// content(): the file as text, now. show(problems): marks them in the editor.
export function begin(editor) {
  content = editor.content
  const check = async () => {
    try {
      const files = dirty ? { [path]: await content() } : {}
      const { problems } = await ask('check', { files })
      list(problems, editor)
    } catch (error) {
      if (error.status) tell(error.message, 'bad')
    }
  }
  const changed = () => {
    dirty = true
    if (!stopped) tell(t('有改动……', 'Changed…'))
    clearTimeout(checkTimer)
    checkTimer = setTimeout(check, CHECK_AFTER)
    clearTimeout(saveTimer)
    if (!stopped) saveTimer = setTimeout(save, SAVE_AFTER)
  }
  window.addEventListener('beforeunload', (event) => {
    if (dirty) event.preventDefault()
  })
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
      event.preventDefault()
      save()
    }
  })
  document.querySelectorAll('[data-leave]').forEach((link) => {
    link.addEventListener('click', async (event) => {
      if (!dirty || stopped) return
      event.preventDefault()
      await save()
      if (!dirty) window.location.assign(link.href)
    })
  })
  window.addEventListener('pagehide', () => {
    const form = new FormData()
    form.append('csrf_token', place.dataset.token)
    navigator.sendBeacon(`${base}/leave`, form)
  })
  check()
  beat()
  setInterval(beat, BEAT)
  return { changed, save }
}

async function save() {
  clearTimeout(saveTimer)
  if (!dirty || stopped) return
  if (saving) {
    await saving
    if (dirty) saveTimer = setTimeout(save, SAVE_AFTER)
    return
  }
  saving = write()
  await saving
  saving = null
}

async function write() {
  dirty = false
  try {
    const text = await content()
    tell(t('正在保存……', 'Saving…'))
    const done = await ask('save', { base: revision, files: { [path]: text } })
    revision = done.revision
    place.dataset.revision = String(revision)
    tell(t(`已保存 · 第${revision}稿`, `Saved · revision ${revision}`), 'good')
    if (done.merged.length) {
      tell(t(`已保存 · 第${revision}稿（保留了别人对${done.merged.join('、')}的修改）`, `Saved · revision ${revision} (what others changed in ${done.merged.join(', ')} was kept)`), 'good')
    }
  } catch (error) {
    dirty = true
    refused(error)
  }
}

function refused(error) {
  if (error.status === 409) {
    stopped = true
    tell(t('没有保存', 'Not saved'), 'bad')
    decide(error.message, [
      [t('另存为新草稿，两份都保留', 'Keep mine as a draft of its own'), beside],
      [t('重新载入最新一稿', 'Load the newest revision'), reload],
    ])
    return
  }
  tell(`${t('没有保存：', 'Not saved: ')}${error.status ? error.message : t('连接中断，正在重试。', 'the line is down; trying again.')}`, 'bad')
  if (!error.status || error.status >= 500) saveTimer = setTimeout(save, TRY_AGAIN)
}

async function beside() {
  try {
    const made = await ask('beside', { base: revision, files: { [path]: await content() } })
    dirty = false
    window.location.assign(made.address)
  } catch (error) {
    decide(error.message, [[t('再试一次', 'Try again'), beside]])
  }
}

// Who else has it open; and whether somebody has saved something newer meanwhile.
async function beat() {
  try {
    const { others, newer } = await ask('presence', { path, base: revision })
    const names = others.map((one) => (one.path === path ? `${one.name}${t('（同一文件）', ' (this file)')}` : one.name))
    const shown = document.getElementById('studio-others')
    shown.textContent = names.length ? `${t('同时在编辑：', 'Also editing: ')}${names.join(t('、', ', '))}` : ''
    if (newer && newer.number > revision && !stopped) {
      decide(
        t(`${newer.by}已修改这个文件（第${newer.number}稿）。继续画的内容可以另存为新草稿。`, `${newer.by} has changed this file (revision ${newer.number}). What you go on drawing can be kept as a draft of its own.`),
        [[t('重新载入最新一稿', 'Load the newest revision'), reload]],
      )
    }
  } catch {
    // The next beat will tell; saving says itself when the line is down.
  }
}

// The list of all problems: each leads to its element, or to the file it is in.
function list(problems, editor) {
  const errors = problems.filter((one) => one.severity === 'error').length
  const head = document.getElementById('studio-problems-head')
  head.textContent = problems.length
    ? t(`检查：${errors}个错误，${problems.length - errors}个提醒`, `Check: ${errors} errors, ${problems.length - errors} warnings`)
    : t('检查：没有发现问题', 'Check: no problem found')
  const box = head.parentElement.parentElement.classList
  box.toggle('has-errors', errors > 0)
  box.toggle('has-warnings', errors === 0 && problems.length > 0)
  const rows = problems.map((one) => row(one, editor))
  document.getElementById('studio-problems').replaceChildren(...rows)
  place.dataset.checked = String(problems.length)
  if (editor.show) editor.show(problems.filter((one) => one.file === path))
}

function row(one, editor) {
  const item = document.createElement('li')
  item.className = `lb-studio__problem is-${one.severity}`
  const here = one.file === path && one.element && editor.go
  const lead = document.createElement(here ? 'button' : one.address && one.file !== path ? 'a' : 'strong')
  if (here) {
    lead.type = 'button'
    lead.addEventListener('click', () => editor.go(one.element))
  } else if (lead.tagName === 'A') {
    lead.href = one.address
  }
  lead.className = 'lb-studio__problem-text'
  lead.textContent = one.message
  const place = document.createElement('span')
  place.className = 'lb-quiet'
  place.textContent = [one.file, one.element, one.hint].filter(Boolean).join(' · ')
  item.append(lead, place)
  return item
}

// The file as it was when the page was made, kept in the page as text.
export const given = () => document.getElementById('studio-content').value
export const choices = () => JSON.parse(document.getElementById('studio-choices').value)

// Whatever goes wrong while a file is read stands on the page; the text of it can still be mended.
export function unreadable(error) {
  decide(
    t(`这个文件不能在画布上打开：${error.message}`, `This file cannot be opened on the canvas: ${error.message}`),
    [[t('按文字修改', 'Edit as text'), () => window.location.assign(place.dataset.text)]],
  )
}
