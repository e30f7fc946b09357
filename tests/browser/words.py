"""Words that a library left in English on a Chinese page."""

from playwright.sync_api import Page

#: What people write themselves, names of files and codes: none of it is a label.
_WRITTEN = (
    "svg .djs-visual, .cm-editor, textarea, [contenteditable], .tjs-table td, .flatpickr-calendar, "
    "script, style, code, pre, #studio-preview, .lb-studio__head, .bts-scope, option[value], "
    ".bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title, "
    ".fjs-form :is(label, legend, .fjs-form-field-label, .fjs-form-field-description)"
)
#: The same in both languages.
_NAMES = "HTML|JSON|FEEL|BPMN|CMMN|DMN|URL|ABC"
_LOOK = """([written, names]) => {
  const found = new Set()
  const put = (said) => {
    const text = (said || '').trim()
    const latin = /[A-Za-z]{2}/.test(text.replace(new RegExp(names, 'g'), ''))
    if (latin && !/[\\u4e00-\\u9fff]/.test(text)) found.add(text)
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const shown = (node) => node.getClientRects().length > 0
  const own = (node) => node.closest('#studio-canvas, #studio-panel, body > div:not([class^=lb-])')
  while (texts.nextNode()) {
    const at = texts.currentNode.parentElement
    if (own(at) && shown(at) && !at.closest(written)) put(texts.currentNode.data)
  }
  for (const node of document.querySelectorAll('[title], [placeholder], [aria-label]')) {
    if (!own(node) || node.closest(written)) continue
    for (const name of ['title', 'placeholder', 'aria-label']) put(node.getAttribute(name))
  }
  return [...found]
}"""
_CLOSED = (
    ".bio-properties-panel-group-header:not(.open) .bio-properties-panel-group-header-title, "
    ".bio-properties-panel-collapsible-entry-header:not(.open) button"
)
_OPEN = "(closed) => document.querySelectorAll(closed).forEach((one) => one.click())"


def left_in_english(page: Page) -> list[str]:
    """Open every group of the panel and return the labels that are not Chinese."""
    page.evaluate(_OPEN, _CLOSED)
    settle(page)
    page.evaluate(_OPEN, _CLOSED)
    settle(page)
    return list(page.evaluate(_LOOK, [_WRITTEN, _NAMES]))


def settle(page: Page) -> None:
    """Wait for what was asked to be drawn, and put into Chinese."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")
