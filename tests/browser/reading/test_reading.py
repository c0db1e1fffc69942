"""Reading in a real browser: by keyboard alone, with what is asked and said on the way, without a run of the page."""

from playwright.sync_api import Page, expect

from reader_study.study.design import Design
from reader_study.study.questions import STANDARD
from tests.browser.reading.desk import aided_read, answer_all, is_chosen, lock, open_correction, takes_presses, until

WINDOW, SLICE = "[data-pane='0'] .windowText", "[data-pane='0'] .sliceText"


def test_two_reads_with_the_keyboard_alone(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    page.keyboard.press("4")  # the viewer's: bone
    answer_all(page, "phy", "70", "good gyms, 4 zoomed")  # every letter is a key somewhere
    lock(page, desk)
    (unaided,) = desk.reads()
    assert unaided.answers.values == {"prognosis": "poor", "p_poor": 70, "gcs": "severe", "age": "under_80",
                                      "comment": "good gyms, 4 zoomed"}
    assert {"Brain", "Bone"} <= set(unaided.viewing["presets"])
    expect(page.locator(".ich-step")).to_contain_text("aided read")
    desk.opened(page)
    page.keyboard.press("g")
    expect(page.locator(".changed").first).to_have_text("Poor → Good")
    for key in "mzr":
        page.keyboard.press(key)
    page.keyboard.type("60")
    expect(page.locator("[data-pane='0'] .resolution")).to_contain_text("interpolated")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("lock again to keep both")).to_be_visible()
    lock(page, desk)
    aided = desk.reads()[1]
    assert (aided.answers.get("prognosis"), aided.answers.p_poor) == ("good", 60)
    assert aided.viewing["overlay_opened"] >= 1
    assert aided.viewing["maps"] == ["guided_grad_cam prognosis"]
    assert 0 < aided.viewing["overlay_s"] <= aided.seconds < 60
    assert aided.viewing["unaided_answers"]["changed"] == ["prognosis", "p_poor", "gcs", "age", "comment"]


def test_each_read_of_a_burst_of_keys_is_locked_exactly_as_typed(sit):
    desk = sit(design=Design.UNAIDED_ONLY)
    page = desk.sit_down()
    for number, letters in enumerate(("phz", "gmy", "pny")):
        desk.opened(page)
        answer_all(page, letters, str(90 if letters[0] == "p" else 10 + number), f"read {number}, zoom")
        lock(page, desk)
    assert [(read.answers.get("prognosis"), read.answers.get("gcs"), read.answers.get("age"), read.answers.p_poor,
             read.answers.comment) for read in desk.reads()] == [
        ("poor", "severe", "80_or_more", 90, "read 0, zoom"), ("good", "mild", "under_80", 11, "read 1, zoom"),
        ("poor", "moderate", "under_80", 90, "read 2, zoom")]


def test_going_on_needs_no_run_of_the_page_and_a_reload_shows_the_same(sit):
    desk = sit(design=Design.UNAIDED_ONLY)
    page, frames = desk.sit_down(), []
    page.on("websocket", lambda socket: [socket.on(way, lambda frame: frames.append(frame))
                                         for way in ("framesent", "framereceived")])
    page.reload()
    desk.opened(page)
    until(lambda: len(frames) > 0, "Streamlit's socket is heard")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    del frames[:]
    answer_all(page)
    lock(page, desk)
    desk.opened(page)
    page.keyboard.press("g")
    until(lambda: desk.kept() == {"prognosis": "good"}, "the next read's answer is kept")
    assert len(frames) <= 2
    heading = page.locator(".ich-step").inner_text()
    page.reload()
    desk.opened(page)
    assert page.locator(".ich-step").inner_text() == heading
    is_chosen(page, "Good")


def test_the_following_scan_is_fetched_ahead_and_not_again(sit):
    desk = sit(design=Design.UNAIDED_ONLY)
    fetched: list[str] = []
    page = desk.sit_down()
    page.on("request", lambda request: fetched.append(request.url) if request.url.endswith("/volume") else None)
    page.reload()
    desk.opened(page)
    steps = desk.store.worklist(desk.key, desk.reader).steps
    until(lambda: len(fetched) == 2, "the second scan is fetched")
    assert [url.split("/")[-2] for url in fetched] == [step.case_key for step in steps[:2]]
    answer_all(page)
    lock(page, desk)
    desk.opened(page)
    until(lambda: len(fetched) == 3, "the third scan is fetched")
    assert fetched[2].split("/")[-2] == steps[2].case_key


def test_round_buttons_take_arrows_and_leave_every_other_key_to_the_page(sit):
    desk = sit(questions=tuple(STANDARD[key] for key in ("prognosis", "confidence")))
    page = desk.opened(desk.sit_down())
    page.keyboard.press("k")
    page.keyboard.press("ArrowRight")
    until(lambda: desk.kept() == {"confidence": 2}, "the arrow chooses")
    page.keyboard.press("4")
    expect(page.locator(WINDOW)).to_have_text("W 2800  L 600")
    page.keyboard.press("p")
    is_chosen(page, "Poor")
    page.keyboard.press("k")
    lock(page, desk)


def test_letters_are_keys_in_a_numbers_field_and_words_in_a_text(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    page.keyboard.press("r")
    page.keyboard.type("7p0h")
    is_chosen(page, "Poor")
    expect(page.get_by_label("Probability of poor outcome, %")).to_have_value("70")
    page.keyboard.press("x")
    page.keyboard.type("gmz1", delay=20)
    until(lambda: desk.kept() == {"prognosis": "poor", "p_poor": 70, "gcs": "severe", "comment": "gmz1"}, "all is kept")
    expect(page.get_by_label("Comment (optional)")).to_be_focused()
    expect(page.locator(WINDOW)).to_have_text("W 80  L 40")


def test_a_held_key_presses_once(sit):
    desk = sit(questions=(STANDARD["prognosis"], STANDARD["quality"]))
    page = desk.opened(desk.sit_down())
    for _ in range(3):
        page.keyboard.down("p")  # from the second on the browser says that it repeats
    is_chosen(page, "Poor")
    page.keyboard.up("p")
    page.keyboard.down("Control")
    for _ in range(3):
        page.keyboard.down("Enter")
    expect(page.locator(".missing:not(:empty)")).to_have_count(1)
    assert desk.reads() == []


def test_what_is_missing_is_said_beside_its_field_with_the_focus_there_and_nothing_moves(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    page.keyboard.press("p")
    places = places_of(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".missing:not(:empty)")).to_have_text(
        ["Enter a whole number from 0 to 100.", "Choose one.", "Choose under 80 years or 80 years or more."])
    expect(page.get_by_label("Probability of poor outcome, %")).to_be_focused()
    assert places_of(page) == places
    page.keyboard.type("30")
    for key in "hz":
        page.keyboard.press(key)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("lock again to keep both")
    assert places_of(page) == places
    assert desk.reads() == []


def places_of(page: Page) -> list[dict]:
    """Where fields, buttons and the picture stand."""
    return page.evaluate("""() => {
        const holders = [...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean);
        const root = holders.find((each) => each.querySelector(".ich-desk"));
        return [...root.querySelectorAll("button, input, textarea, canvas, legend")].map((each) => {
            const { x, y, width, height } = each.getBoundingClientRect();
            return { x, y, width, height };
        });
    }""")


def test_one_key_takes_over_all_unaided_answers_and_each_can_be_changed(sit):
    desk = sit()
    page = aided_read(desk)
    page.keyboard.press(".")
    is_chosen(page, "Severe (GCS 3–8)")
    expect(page.get_by_label("Comment (optional)")).to_have_value("left")
    page.keyboard.press("m")
    lock(page, desk)
    read = desk.reads()[1]
    assert read.answers.values == desk.reads()[0].answers.values | {"gcs": "mild"}
    assert read.viewing["unaided_answers"] == {
        "kept": ["prognosis", "p_poor", "age", "comment"], "changed": ["gcs"],
        "taken_over": ["prognosis", "p_poor", "age", "comment"]}


def test_a_lock_of_an_untouched_aided_form_asks_once_whether_all_stay(sit):
    desk = sit()
    page = aided_read(desk)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("keep all your unaided answers")
    assert len(desk.reads()) == 1
    lock(page, desk)
    assert desk.reads()[1].answers.values == desk.reads()[0].answers.values


def test_a_pause_takes_the_scan_away_and_keeps_what_was_entered(sit):
    desk = sit()
    page = desk.opened(desk.sit_down())
    page.keyboard.press("p")
    page.keyboard.press("Home")
    expect(page.locator(SLICE)).to_have_text("1 / 32")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("You are pausing")).to_be_visible()
    expect(page.locator(".ich-viewer .pane canvas")).to_have_count(0)
    page.keyboard.press("g")  # nothing hears it
    page.get_by_role("button", name="Go on").click()
    desk.opened(page)
    is_chosen(page, "Poor")
    expect(page.locator(SLICE)).to_have_text("1 / 32")


def test_feedback_on_a_training_case_comes_with_the_lock_and_goes_with_a_key(sit):
    desk = sit(design=Design.UNAIDED_ONLY, training=("case-002",))
    page = desk.opened(desk.sit_down())
    expect(page.locator(".ich-step")).to_contain_text("Training")
    answer_all(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Reference standard: GCS 7, 84 years.")).to_be_visible()
    expect(page.locator(".ich-viewer[data-ready='case-002']")).to_be_visible()
    takes_presses(page)
    page.keyboard.press("Control+Enter")
    desk.opened(page)
    expect(page.get_by_text("Reference standard")).to_have_count(0)


def test_the_end_of_the_worklist_is_said_and_the_scan_goes(sit):
    desk = sit(design=Design.UNAIDED_ONLY)
    page = desk.sit_down()
    for _ in range(3):
        desk.opened(page)
        answer_all(page)
        lock(page, desk)
    expect(page.get_by_text("Your reads are complete, thank you.")).to_be_visible()
    expect(page.locator(".ich-viewer .pane canvas")).to_have_count(0)


def test_a_correction_is_made_with_the_same_form_and_shown_in_the_list(sit):
    desk = sit(design=Design.UNAIDED_ONLY, corrections=True)
    page = desk.opened(desk.sit_down())
    answer_all(page)
    lock(page, desk)
    open_correction(page, desk)
    is_chosen(page, "Poor")
    page.get_by_role("button", name="Good", exact=True).click()
    page.get_by_label("Probability of poor outcome, %").fill("20")
    page.get_by_role("button", name="Add the correction").click()
    expect(page.get_by_text("Say why you correct this read.")).to_be_visible()
    page.get_by_label("Reason for the correction").fill("misread the side")
    page.get_by_role("button", name="Add the correction").click()
    expect(page.get_by_text("each correction is kept beside the read")).to_be_visible()
    (stored,) = desk.store.reads(desk.key, desk.reader)
    assert (stored.read.answers.p_poor, stored.final.p_poor, stored.final.get("prognosis")) == (90, 20, "good")
