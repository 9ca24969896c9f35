"""What is told of a recording, in Korean."""

from pipeline.sources.recorder import Recorder


def trouble(recorder: Recorder) -> str:
    """What keeps the recording from being written."""
    return f"녹화를 쓰지 못하고 있습니다({recorder.problem}). 디스크를 확인해 주세요."


def state(recorder: Recorder) -> str:
    """That the recording cannot be written, or can again."""
    if recorder.problem:
        return f"⚠️ {trouble(recorder)}"
    return f"✅ 녹화를 다시 씁니다. 빠진 프레임은 {recorder.missed:,}건입니다."


def unlisted(symbol: str, near: str) -> str:
    """That nothing will come of a name, and which one may be meant ("" if none is like it)."""
    hint = f" 비슷한 심볼: {near}" if near else ""
    return f"⚠️ {symbol}: 바이낸스에 없는 심볼이라 녹화되지 않습니다.{hint}"


def outcome(*recorders: Recorder) -> str:
    """What it came to, and how to replay it."""
    written = [one for one in recorders if one.frames_written]
    if not written:
        for problem in (one.problem for one in recorders if one.problem):
            return f"녹화를 쓰지 못해 녹화한 것이 없습니다({problem}). 디스크를 확인해 주세요."
        return "받은 시세가 없어 녹화한 것이 없습니다."
    lost = sum(one.missed for one in recorders)
    missed = f" 빠진 프레임이 {lost:,}건 있습니다." if lost else ""
    frames, files = sum(one.frames_written for one in written), sum(one.files for one in written)
    where = " ".join(f"{one.folder}/*{one.run_id}*" for one in written)
    return (
        f"프레임 {frames:,}건을 파일 {files:,}개에 썼습니다.{missed} "
        f"다시 보려면: goraebot replay {where}"
    )
