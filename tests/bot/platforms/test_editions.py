"""Which edition of a message is its newest."""

from bot.platforms.editions import Editions


def test_only_the_last_edition_of_a_message_is_its_newest() -> None:
    editions = Editions()
    first, other = editions.new("a"), editions.new("b")
    assert first() and other()
    second = editions.new("a")
    assert not first() and second() and other()


def test_editions_of_a_forgotten_message_are_outdated() -> None:
    editions = Editions(most=2)
    first = editions.new("a")
    editions.new("b")
    editions.new("c")
    assert not first()
