"""A session that ends while somebody works: said on the page, begun again over it, nothing lost."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from .axe import check
from .editing import ask_for_changes, submitted
from .served import Served

HEAD = "maryse.lubin"
COLLEAGUE = "alicia.baptiste"
# On a loaded machine the server and the browser take their time.
SOON = 60_000
SEND = "main form button[name=step]"
SPACE = "/spaces/finances/"

Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, marigot: Served) -> Iterator[Enter]:
    """`enter(login)`: that person's page, whose scripts must raise no error."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def entered(login: str = HEAD, **options: bool) -> Page:
        context = browser.new_context(base_url=marigot.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SOON)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.goto("/sign-in/")
        fill(page, marigot, login, "main")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    yield entered
    for context in contexts:
        context.close()
    assert errors == []


def fill(page: Page, marigot: Served, login: str, within: str = "#session") -> None:
    """Sign `login` in by the form in `within`."""
    person = marigot.person(login)
    form = page.locator(f"{within} form").first
    form.locator("input[name=username]").fill(person["login"])
    form.locator("input[name=password]").fill(person["password"])
    form.locator("button[type=submit]").first.click()


def end_sessions(marigot: Served) -> None:
    """Take every session away, as the night and an IT admin do."""
    with closing(sqlite3.connect(marigot.data / "marigot.sqlite3", timeout=120)) as database:
        database.execute("DELETE FROM django_session")
        database.commit()


def dialog(page: Page) -> Locator:
    shown = page.locator("#session")
    expect(shown).to_be_visible(timeout=SOON)
    return shown


def await_clear(above: Locator, below: Locator) -> None:
    """Wait until `above`, which is in sight, ends where `below` begins, or before."""
    page = above.page
    for _ in range(SOON // 50):
        first, second = above.bounding_box(), below.bounding_box()
        if first and second and 0 <= first["y"] <= second["y"] - first["height"]:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{first} is covered by {second}")


def test_a_notice_is_sent_after_the_sign_in_over_its_form(enter: Enter, marigot: Served):
    page = enter()
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto("/notices/new/")
    page.locator("#id_title_fr").fill("La session est tombée")
    page.locator("#id_body_fr").fill("Et rien n’est perdu.")
    end_sessions(marigot)
    page.locator(SEND).last.click()
    shown = dialog(page)
    expect(shown.locator("#session-login")).to_have_value(HEAD)
    expect(shown.locator("#session-password")).to_be_focused()
    assert check(page) == []

    # Escape puts it off; what was typed stays, and the line says how things stand.
    page.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    expect(page.locator(".session-over")).to_be_visible()
    assert page.locator("#id_title_fr").input_value() == "La session est tombée"
    # It lies over none of the buttons, of which one has the focus: nobody has to scroll.
    for size in (None, {"width": 390, "height": 844}):
        if size:
            page.set_viewport_size(size)
            page.locator("#id_title_fr").focus()
            page.locator(SEND).last.focus()
        await_clear(page.locator(SEND).last, page.locator(".session-over"))
    page.set_viewport_size({"width": 1280, "height": 860})
    assert check(page) == []

    # A wrong password is said in the dialog.
    page.locator(SEND).last.click()
    dialog(page).locator("#session-password").fill("wrong")
    page.keyboard.press("Enter")
    expect(shown.get_by_role("alert")).to_be_visible(timeout=SOON)
    fill(page, marigot, HEAD)
    # The button that was pressed went with it: it is the preview, and that is sent too.
    expect(page.locator(".preview, main").get_by_text("Et rien n’est perdu.")).to_be_visible()
    end_sessions(marigot)
    page.locator("main form button[name=step][value=send]").click()
    dialog(page)
    fill(page, marigot, HEAD)
    page.wait_for_url(re.compile(r"/notices/(?!new/)"))
    page.goto("/notices/sent/")
    expect(page.locator("main").get_by_text("La session est tombée").first).to_be_visible()


def test_somebody_else_who_signs_in_sends_nothing(enter: Enter, marigot: Served):
    page = enter()
    page.goto("/notices/new/")
    page.locator("#id_title_fr").fill("Au nom de personne")
    end_sessions(marigot)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    page.locator(SEND).last.click()
    dialog(page)
    fill(page, marigot, COLLEAGUE)
    expect(page.locator("#session-other-title")).to_be_visible(timeout=SOON)
    assert check(page) == []
    page.locator("#session [data-other] [data-close]").click()
    # Nor is it later.
    page.locator(SEND).last.click()
    expect(page.locator("#session-other-title")).to_be_visible(timeout=SOON)
    assert [line for line in sent if line.startswith("POST") and "/notices/" in line] == []
    assert page.locator("#id_title_fr").input_value() == "Au nom de personne"
    page.locator("#session [data-reload]").click()
    expect(page.locator("#session")).to_be_hidden(timeout=SOON)


def test_a_file_is_uploaded_after_the_sign_in(enter: Enter, marigot: Served, tmp_path: Path):
    page = enter()
    page.goto(SPACE)
    file = tmp_path / "Séance interrompue.txt"
    # More than the server takes in from somebody who is not signed in.
    file.write_text("Le relevé.\n" * 250_000)
    end_sessions(marigot)
    with page.expect_file_chooser() as chooser:
        page.locator("main [data-upload=files]").first.click()
    chooser.value.set_files(str(file))
    dialog(page)
    fill(page, marigot, HEAD)
    link = page.locator("#listing").get_by_role("link", name="Séance interrompue.txt")
    expect(link).to_be_visible(timeout=SOON)


def test_a_plain_form_is_sent_again_with_its_file(enter: Enter, marigot: Served, tmp_path: Path):
    page = enter()
    page.goto(SPACE)
    number = page.locator("m-upload").get_attribute("data-url")
    assert number is not None
    page.goto(f"{number.rsplit('/files', 1)[0]}/upload/")
    file = tmp_path / "Pièce jointe.txt"
    file.write_text("Avec son fichier.\n")
    page.locator("#upload-file").set_input_files(str(file))
    end_sessions(marigot)
    page.locator("main form button[type=submit], main form button:not([type])").last.click()
    dialog(page)
    fill(page, marigot, HEAD)
    page.wait_for_url(lambda url: "/upload/" not in url)
    page.goto(SPACE)
    expect(page.locator("#listing").get_by_role("link", name="Pièce jointe.txt")).to_be_visible()


def test_a_sheet_is_sent_after_the_sign_in(enter: Enter, marigot: Served):
    page = enter()
    page.goto(SPACE)
    row = page.locator("#listing tr[data-change]").first
    row.locator("input.pick, [data-menu]").first.focus()
    page.keyboard.press("F2")
    name = page.locator("#sheet input[type=text]").first
    expect(name).to_be_visible(timeout=SOON)
    name.fill("Renommé malgré la nuit")
    end_sessions(marigot)
    name.press("Enter")
    dialog(page)
    # Put off, the sheet and the name stay; sent once more, it comes again.
    page.keyboard.press("Escape")
    expect(page.locator("#session")).to_be_hidden()
    expect(name).to_have_value("Renommé malgré la nuit")
    name.press("Enter")
    dialog(page)
    fill(page, marigot, HEAD)
    expect(page.locator("#listing").get_by_text("Renommé malgré la nuit").first).to_be_visible(
        timeout=SOON
    )


def test_a_note_is_published_after_the_sign_in(enter: Enter, marigot: Served):
    page = enter()
    page.goto("/write/?kind=note")
    page.locator("#id_title").fill("Écrite au-delà de la session")
    page.locator("#id_summary").fill("La saisie survit.")
    end_sessions(marigot)
    publish = page.locator("button[name=action-publish]").first
    publish.click(force=True)
    dialog(page)
    assert check(page, "#session") == []
    # Put off, it is as if nothing had been pressed.
    page.keyboard.press("Escape")
    expect(publish).to_be_focused()
    expect(publish).to_be_enabled()
    expect(publish).not_to_contain_text("…")
    page.keyboard.press("Enter")
    dialog(page)
    fill(page, marigot, HEAD)
    page.wait_for_url(re.compile(r"/admin/pages/\d+/"))
    page.goto("/fr/")
    expect(page.get_by_text("Écrite au-delà de la session").first).to_be_visible(timeout=SOON)


def test_changes_are_requested_after_the_sign_in(enter: Enter, marigot: Served):
    note = submitted(enter("kevin.placide"), "À revoir de nuit")
    page = enter()
    page.goto(note)
    ask_for_changes(page)
    expect(page.locator(".modal-content textarea")).to_be_focused()
    page.locator(".modal-content textarea").fill("Quel jour ?")
    page.locator("#id_summary").evaluate("field => { field.value = 'Relu.'; }")

    def answer_and_end(route: Route) -> None:
        answer = route.fetch()
        end_sessions(marigot)
        route.fulfill(response=answer)

    # The session ends once the dialog is answered, before the form is on its way.
    page.route("**/workflow/collect_action_data/**", answer_and_end, times=1)
    page.locator(".modal-content form [type=submit]").click()
    dialog(page)
    # Put off, nothing is asked: what is saved later is only saved. What was typed stays.
    page.keyboard.press("Escape")
    expect(page.locator("#session")).to_be_hidden()
    expect(page.locator("[data-edit-form] [name*=workflow-action]")).to_have_count(0)
    expect(page.locator(".modal-content textarea")).to_have_value("Quel jour ?")
    expect(page.locator(".modal-content textarea")).to_be_focused()
    expect(page.locator(".modal-content form [type=submit]")).to_be_enabled()
    page.keyboard.press("Escape")
    expect(page.locator(".modal.in")).to_have_count(0)
    page.locator(".session-over button").click()
    fill(page, marigot, HEAD)
    expect(page.locator(".session-over")).to_be_hidden(timeout=SOON)
    ask_for_changes(page)
    page.locator(".modal-content textarea").fill("Quel jour ?")
    page.locator(".modal-content form [type=submit]").click()
    page.wait_for_url(re.compile(r"/admin/pages/\d+/$"))
    page.goto(note)
    expect(page.locator("#id_summary")).to_have_value("Relu.")
    expect(page.get_by_text("Quel jour ?").first).to_be_attached()


def test_a_session_that_ends_is_said_without_interrupting(enter: Enter, marigot: Served):
    page = enter()
    page.goto("/notices/")
    end_sessions(marigot)
    # The tab is looked at again.
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    line = page.locator(".session-over")
    expect(line).to_be_visible(timeout=SOON)
    expect(page.locator("#session")).to_be_hidden()
    expect(line).to_contain_text("Votre session a pris fin")
    opener = line.get_by_role("button", name="Se connecter")
    opener.focus()
    page.keyboard.press("Enter")
    dialog(page)
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || "
            "document.getElementById('session').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    opener.click()
    fill(page, marigot, HEAD)
    expect(line).to_be_hidden(timeout=SOON)


def test_what_was_asked_before_the_sign_in_is_no_news_after_it(enter: Enter, marigot: Served):
    page = enter()
    page.goto("/notices/")
    end_sessions(marigot)
    looked_at_again = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(looked_at_again)
    line = page.locator(".session-over")
    expect(line).to_be_visible(timeout=SOON)
    state, held = f"**{page.locator('m-session').get_attribute('data-state')}", []
    page.route(state, lambda route: held.append((route, route.fetch())), times=1)
    page.evaluate(looked_at_again)
    while not held:
        page.wait_for_timeout(50)
    line.get_by_role("button").click()
    dialog(page)
    fill(page, marigot, HEAD)
    expect(line).to_be_hidden(timeout=SOON)
    [(route, answer)] = held
    with page.expect_response(state):
        route.fulfill(response=answer)
    page.evaluate("new Promise(requestAnimationFrame)")
    expect(line).to_be_hidden()
    assert page.evaluate("document.querySelector('m-session').look()") == "mine"


def test_a_page_goes_on_after_the_sign_in_in_another_tab(enter: Enter, marigot: Served):
    page = enter()
    page.goto("/notices/new/")
    page.locator("#id_title_fr").fill("Écrit avant l’autre onglet")
    page.locator("#id_body_fr").fill("Avec le jeton d’avant.")
    end_sessions(marigot)
    other = page.context.new_page()
    other.goto("/sign-in/")
    fill(other, marigot, HEAD, "main")
    other.wait_for_url(lambda url: "/sign-in/" not in url)
    page.locator(SEND).last.click()
    expect(page.locator("main form button[name=step][value=send]")).to_be_visible()


@pytest.mark.parametrize("scripts", [False, True])
def test_the_sign_in_page_carries_a_form_that_no_script_has_seen(
    enter: Enter, marigot: Served, scripts: bool
):
    page = enter(java_script_enabled=scripts)
    page.goto("/notices/new/")
    page.locator("#id_title_fr").fill("Sans script")
    page.locator("#id_body_fr").fill("Porté par la page de connexion.")
    end_sessions(marigot)
    if scripts:
        # As the browser sends it where a script has none of its events.
        page.evaluate("""() => {
            const form = document.querySelector("main form:has(button[name=step])");
            HTMLFormElement.prototype.submit.call(form);
        }""")
    else:
        page.locator(SEND).last.click()
    expect(page.locator("main")).to_contain_text("Votre saisie est conservée")
    fill(page, marigot, HEAD, "main")
    page.get_by_role("button", name="Envoyer de nouveau").click()
    expect(page.locator("main form button[name=step][value=send]")).to_be_visible()
    expect(page.locator("main").get_by_text("Porté par la page de connexion.")).to_be_visible()


def test_a_chooser_of_the_editor_opens_after_the_sign_in(enter: Enter, marigot: Served):
    page = enter()
    alerts: list[str] = []
    page.on("dialog", lambda shown: (alerts.append(shown.message), shown.dismiss()))
    page.goto("/write/?kind=note")
    page.locator("[data-streamfield-child]").first.wait_for()
    page.locator("button.c-sf-add-button").last.click()
    page.get_by_role("option", name="Image").first.click()
    opener = page.get_by_role("button", name="Choisir une image").first
    opener.wait_for()
    end_sessions(marigot)
    opener.click()
    dialog(page)
    fill(page, marigot, HEAD)
    expect(page.locator(".modal-content")).to_contain_text("Choisir une image", timeout=SOON)
    assert alerts == []


def test_pictures_chosen_together_are_uploaded_after_the_sign_in(
    enter: Enter, marigot: Served, tmp_path: Path
):
    page = enter()
    files = [tmp_path / f"Vue {number}.png" for number in range(3)]
    for number, file in enumerate(files):
        Image.new("RGB", (40, 30), (number * 80, 80, 120)).save(file)
    page.goto("/admin/images/multiple/add/")
    end_sessions(marigot)
    page.locator("input[type=file]").set_input_files(files)
    dialog(page)
    fill(page, marigot, HEAD)
    # One after the other: the later ones were made ready with the token of before.
    forms = page.locator("#upload-list form input[name$=-title]")
    expect(forms).to_have_count(3, timeout=SOON)
    assert [form.input_value() for form in forms.all()] == [file.name for file in files]


def test_the_editors_own_saving_interrupts_nobody_and_goes_on(enter: Enter, marigot: Served):
    page = enter()
    answers: list[tuple[str, int]] = []
    page.on("response", lambda answer: answers.append((answer.request.method, answer.status)))

    def type_until_answered(status: int) -> None:
        # The editor saves by itself once it has watched the form for a while.
        for number in range(60):
            page.locator("#id_summary").fill(f"Tout seul, {status}, {number}")
            page.locator("#id_summary").press("Tab")
            for _ in range(20):
                page.wait_for_timeout(100)
                if ("POST", status) in answers:
                    return
        raise AssertionError(f"the editor has not saved: {answers}")

    page.goto("/write/?kind=note")
    page.locator("#id_title").fill("Brouillon de nuit")
    end_sessions(marigot)
    type_until_answered(401)
    expect(page.locator(".session-over")).to_be_visible(timeout=SOON)
    expect(page.locator("#session")).to_be_hidden()
    # What the editor says of it is no fault of the server's.
    paused = page.locator(".footer__save-warning")
    expect(paused).to_have_text(re.compile(r"enregistrement automatique.*pause\s*$"))
    indicator = page.locator("#w-autosave-indicator")
    expect(indicator).to_have_attribute("data-w-autosave-state-value", "paused")
    expect(indicator).to_have_attribute("data-w-tooltip-content-value", "")
    page.locator(".session-over button").click()
    fill(page, marigot, HEAD)
    expect(page.locator(".session-over")).to_be_hidden(timeout=SOON)
    answers.clear()
    type_until_answered(200)
