"""Which chats an alert may concern, found by what it is named. Pure."""

from collections.abc import Collection

from bot.model import Chat, ChatState, named_as


class Audience:
    """All chats (``states``), in an order of their own, by what their subscriptions name."""

    def __init__(self) -> None:
        self.states: list[ChatState] = []
        self._naming: dict[str, list[int]] = {}  # a symbol or ALL → places among the chats

    def add(self, state: ChatState) -> None:
        """One more, behind the others."""
        for name in {one.symbol for one in state.subscriptions}:
            self._naming.setdefault(name, []).append(len(self.states))
        self.states.append(state)

    def concerned(self, symbol: str, kind: str, also: Collection[Chat] = ()) -> list[ChatState]:
        """The chats that name the symbol in any way, whatever of it they want, and ``also`` these;
        in their order."""
        naming = [self._naming.get(name, ()) for name in named_as(symbol, kind)]
        places = {place for some in naming for place in some}
        if also:
            places.update(p for p, state in enumerate(self.states) if state.chat in also)
        return [self.states[place] for place in sorted(places)]
