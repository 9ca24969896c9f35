"""kill -9 at seeded points of the whole program, while alerts flow to many chats."""

from pathlib import Path

from crashes import crashes

KILLS, PEOPLE = 20, 8


async def test_twenty_kills_lose_no_alert_no_edit_and_no_schedule(tmp_path: Path) -> None:
    """After each the database is whole, and what comes again is only what a kill cut off."""
    async with crashes(tmp_path, seed=20) as program:
        await program.survive(KILLS, PEOPLE)
        for chat in program.chats:
            told = program.told(chat)
            assert all(told.values()), "an alert is lost"
            for copies in told.values():
                assert any("AI 설명" in text for text in copies), "an edit is lost"
        spreads = [m for m in program.chats[0].shown() if m["text"].startswith("↔️")]
        ((due,),) = program.look(
            "select count(*) from outbox where key like 'due:%' and sent_version > 0"
        )
        assert due <= len(spreads) <= due + program.kills
