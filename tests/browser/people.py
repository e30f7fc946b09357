"""What people do on the pages of Lianban, said in the words of the pages."""

import re
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import (
    APIResponse,
    BrowserContext,
    FilePayload,
    Locator,
    Page,
    expect,
)

from tools import samples
from tools.city import PASSWORD

PDF = "application/pdf"
_BEGIN = re.compile("^(开始填写|开始一份新的申请)$")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?")


def choose_language(context: BrowserContext, address: str, language: str) -> None:
    """Come back as somebody who chose this language before."""
    context.add_cookies([{"name": "lang", "value": language, "url": address}])


def log_in(page: Page, login: str, *, at: str = "/login") -> None:
    """Sign in, on the login page that is open or at an address."""
    if "/login" not in page.url:
        page.goto(at)
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.locator("main").get_by_role("button", name="登录", exact=True).click()
    expect(page.locator(".lb-header__who")).to_be_visible()


def lose_login(page: Page) -> None:
    """Let the login expire while a page stands open."""
    # An answer still on its way would bring the cookie back.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def pdf(name: str = "scan.pdf", title: str = "scan") -> FilePayload:
    """Return a small real PDF to upload."""
    return {"name": name, "mimeType": PDF, "buffer": samples.pdf_file(title)}


def fetch(page: Page, link: Locator) -> APIResponse:
    """Fetch what a link leads to, with the cookies of this browser."""
    return page.request.get(link.get_attribute("href") or "")


def is_pdf(answer: APIResponse) -> bool:
    """Say whether an answer is a PDF that a reader opens."""
    body = answer.body()
    is_one = answer.headers["content-type"] == PDF and body.startswith(b"%PDF-")
    return answer.ok and is_one and b"%%EOF" in body[-1024:]


def arrived(page: Page) -> None:
    """Wait until a page is there to its end, so that nothing that is counted is still to come."""
    page.wait_for_load_state("domcontentloaded")


# --- forms ---


def fill(form: Locator, answers: Mapping[str, Any]) -> None:
    """Answer those of the questions that a form asks, each by the kind of its inputs.

    An answer may call for questions that come only then; they are answered in their turn.
    """
    arrived(form.page)
    for name, value in answers.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            _fill_rows(form, name, value)
        else:
            _fill_one(form, name, value)


def _fill_rows(form: Locator, name: str, rows: list[Mapping[str, Any]]) -> None:
    for number, row in enumerate(rows):
        inputs = form.locator(f'[name^="{name}-{number}-"]')
        add = form.locator(f'button[name="_add"][value="{name}"]')
        if not inputs.count() and add.count():
            add.click()
        fill(form, {f"{name}-{number}-{key}": value for key, value in row.items()})


def _fill_one(form: Locator, name: str, value: Any) -> None:
    inputs = form.locator(f'[name="{name}"]:not([type=hidden])')
    if inputs.count():
        _give(form, inputs, value)
    elif form.locator(f'[name="{name}-year"]').count():
        found = _DATE.fullmatch(str(value))
        assert found is not None, f"{name} asks for a date, not {value!r}"
        for part, text in zip(("year", "month", "day", "time"), found.groups(), strict=True):
            if text and form.locator(f'[name="{name}-{part}"]').count():
                form.locator(f'[name="{name}-{part}"]').fill(text)
        settle(form)


def _give(form: Locator, inputs: Locator, value: Any) -> None:
    kind = inputs.first.evaluate("field => field.type")
    if kind in ("radio", "checkbox") and not isinstance(value, bool):
        for each in value if isinstance(value, list) else [value]:
            form.locator(f'[name="{inputs.first.get_attribute("name")}"][value="{each}"]').check()
            settle(form)
    elif kind == "checkbox":
        inputs.set_checked(value)
    elif kind.startswith("select"):
        inputs.select_option(str(value))
    else:
        inputs.fill(str(value))
        inputs.blur()
    settle(form)


def settle(form: Locator) -> None:
    """Wait until a form that asks the server which questions follow has its answer."""
    expect(form.page.locator("form.htmx-request")).to_have_count(0)


# --- applicants ---


def begin(page: Page, item: str) -> None:
    """Begin an application at the page that says what to have ready."""
    page.goto(f"/items/{item}/start")
    page.get_by_role("button", name=_BEGIN).click()
    page.wait_for_url("**/page/**")


def save_and_continue(page: Page) -> None:
    """Press the button of a question page."""
    page.get_by_role("button", name="保存并继续").click()


def answer_pages(page: Page, answers: Mapping[str, Any]) -> int:
    """Answer one question page after the other until they end; says how many there were."""
    count = 0
    while "/page/" in page.url:
        before = page.url
        fill(page.locator("#questions"), answers)
        save_and_continue(page)
        expect(page).not_to_have_url(before)
        count += 1
    return count


def upload_required(page: Page) -> list[str]:
    """Upload a file for every material that is required; returns their codes."""
    arrived(page)
    required = page.locator("section.lb-material", has_text="必需")
    codes = [str(each.get_attribute("id")) for each in required.all()]
    for code in codes:
        section = page.locator(f"#{code}")
        upload(section, pdf(f"{code}.pdf"))
        expect(page.locator(f"#{code} .lb-given__one")).to_have_count(1)
    return codes


def upload(section: Locator, file: FilePayload) -> None:
    """Choose a file for a material; where no script sends it at once, press the button."""
    arrived(section.page)
    sent_on_choice = section.page.locator("body.js-enabled").count() == 1
    section.locator("input[type=file]").set_input_files(file)
    if not sent_on_choice:
        section.get_by_role("button", name="上传").click()


def submit(page: Page) -> str:
    """Declare and submit on the last page; returns the number on the receipt."""
    page.get_by_label("我已阅读并同意上述声明").check()
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url("**/receipt")
    return page.locator(".lb-receipt__codes dd").first.inner_text()


def draft_to_check(page: Page, item: str, answers: Mapping[str, Any]) -> None:
    """Write a whole application, up to its last page."""
    begin(page, item)
    answer_pages(page, answers)
    upload_required(page)
    page.get_by_role("button", name="继续：核对并提交").click()


# --- staff ---


def open_task(page: Page, number: str, name: str) -> None:
    """Find an open task of a case among those of the department and open it."""
    page.goto(f"/inbox?tab=department&q={number}")
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def act(
    page: Page, outcome: str, answers: Mapping[str, Any] | None = None, opinion: str = ""
) -> None:
    """Fill a task's form and press the button of an outcome."""
    form = page.locator("#work-form")
    fill(form, answers or {})
    if opinion:
        page.locator("#opinion").fill(opinion)
    page.locator("#outcomes").get_by_role("button", name=outcome, exact=True).click()


def confirm(page: Page, outcome: str) -> None:
    """Confirm an outcome with legal effect, after what will be issued has been shown."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("请确认")
    page.get_by_role("button", name=f"确认{outcome}").click()
    expect(page.locator(".lb-note--good").first).to_be_visible()


def ask_to_correct(page: Page, points: Mapping[str, str]) -> None:
    """Tick points to be corrected and say for each what is asked; ``{label: sentence}``."""
    page.get_by_text("需要补正：勾选全部需要补正的内容").click()
    for label, sentence in points.items():
        page.locator("#corrections").get_by_role("checkbox", name=label, exact=True).check()
        page.get_by_label(f"{label}：怎样补正").fill(sentence)


# --- pages with several forms ---


def form_at(page: Page, path: str) -> Locator:
    """Return the form that is sent to an address ending so."""
    return page.locator(f'form[action$="{path}"]')


def send(page: Page, button: str, answers: Mapping[str, Any], *, at: str = "") -> None:
    """Fill and send the form of an address that ends so, or the only form of the page."""
    form = form_at(page, at) if at else page.locator("main form.lb-form")
    send_it = form.get_by_role("button", name=button, exact=True)
    send_it.wait_for()  # what is asked is counted, and a page that is still to come asks nothing
    fill(form, answers)
    send_it.click()


def refused(page: Page, said: str, kept: Mapping[str, str]) -> None:
    """Check that a page says what is wrong, leads to it, and still has what was typed."""
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_contain_text(said)
    target = str(summary.get_by_role("link").first.get_attribute("href"))
    expect(page.locator(target)).to_be_visible()
    form = page.locator(f"form:has({target})")
    for name, value in kept.items():
        expect(form.locator(f'[name="{name}"]:not([type=radio])')).to_have_value(value)
