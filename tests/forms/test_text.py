"""Texts in two languages."""

from forms.text import Text, both


def test_a_text_is_picked_by_language_and_anything_but_english_gets_the_chinese() -> None:
    text = Text("提交", "Submit")
    assert (text.pick("zh"), text.pick("en-GB"), text.pick("fr")) == ("提交", "Submit", "提交")


def test_places_are_filled_in_each_language_of_its_own() -> None:
    text = Text("请填写{label}。", "Enter {label}.").format(label=Text("姓名", "the name"))
    assert text == Text("请填写姓名。", "Enter the name.")


def test_a_label_of_a_definition_file_is_read_in_all_its_spellings() -> None:
    assert both({"zh": "店", "en": "Shop"}) == Text("店", "Shop")
    assert both({"zh": "店"}) == Text("店", "店")
    assert both({"en": "Shop"}) == Text("Shop", "Shop")
    assert both("Shop") == Text("Shop", "Shop")
    assert both(Text("店", "Shop")) == Text("店", "Shop")
    assert both(None) == Text("", "")
