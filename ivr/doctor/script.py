"""Checks of the phone script as it is today: numbers, languages, hours, people on call, clips."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from ivr.checks.measures.limits import VERIFIED_DAYS
from ivr.checks.numbers import has_state, trust
from ivr.checks.staffing import DAYS, gaps, more
from ivr.doctor.check import ONLINE, CheckContext, CheckResult, failed, ok, skipped, warning
from ivr.errors import SpeechError
from ivr.schedule.calendar_feed import CalendarFeed, FeedState
from ivr.schedule.office_hours import closed_days
from ivr.schedule.on_call import OnCall
from ivr.script.review import drafts
from ivr.speech import overview
from ivr.speech.manifest import read_manifest
from ivr.text import count_of

CLOSED_DAYS_AHEAD = 60
"""Days ahead whose closed days are listed; `ivr hours --year` lists a year's."""


def checked(context: CheckContext) -> CheckResult:
    """Does `ivr check` find errors in the script?"""
    errors = [p for p in context.problems if p.level == "error"]
    warnings = len(context.problems) - len(errors)
    where = context.settings.prompts.name
    if errors:
        first = f"{errors[0].path}:{errors[0].line}: {errors[0].text}"
        return failed(f"{count_of(len(errors), 'error')}; the first: {first}", errors[0].remedy)
    if context.script is None:
        return failed(f"there is no script in {where}", "name its folder in IVR_PROMPTS")
    if not context.is_checked:
        return warning("it was not checked when it was published", "run `ivr check`")
    if warnings:
        return warning(f"no error, {count_of(warnings, 'warning')}", "see them with `ivr check`")
    return ok("every check passes")


def numbers(context: CheckContext) -> CheckResult:
    """Has a person dialled each number lately, and is the state's hotline set?"""
    line = context.own_script.line
    today = context.now.astimezone(ZoneInfo(line.time_zone)).date()
    by_trust = {name: trust(to, today) for name, to in line.destinations.items()}
    never, old = ([n for n, t in by_trust.items() if t == s] for s in ("never", "old"))
    missing = "" if has_state(line) else "your state's child-abuse hotline is not set"
    parts = [
        f"nobody has dialled {', '.join(never)}" if never else "",
        f"{', '.join(old)} was last dialled over {VERIFIED_DAYS} days ago" if old else "",
        missing,
    ]
    if any(parts):
        remedy = "dial each, hear who answers, and write number: and verified_on: in line.yaml"
        return warning("; ".join(filter(None, parts)), remedy)
    return ok(f"each was dialled within {VERIFIED_DAYS} days")


def languages(context: CheckContext) -> CheckResult:
    """Has somebody who knows the language reviewed each text?"""
    script = context.own_script
    unreviewed = drafts(script)
    if not unreviewed:
        return ok(f"{', '.join(script.every_words)}: no text is a draft")
    counts = (
        f"{count} of {len(script.every_words[code].prompts)} texts in {code} are drafts"
        for code, count in unreviewed.items()
    )
    return warning(
        f"{'; '.join(counts)}, which nobody has reviewed",
        "let somebody who knows the language read them: `ivr translate CODE --export CODE.po`",
    )


def hours(context: CheckContext) -> CheckResult:
    """On which days of the next two months is the agency closed though its week says open?"""
    line = context.own_script.line
    if not line.office.numbers:
        return ok("no office: numbers in line.yaml, so no menu offers the agency")
    if line.hours is None:
        return warning(
            "line.yaml has no hours:, so the office is rung at any time of day and night",
            "write hours:, or leave it if somebody is always there",
        )
    listed = list(closed_days(line.hours, line.time_zone, context.now, CLOSED_DAYS_AHEAD))
    days = ", ".join(f"{day:%a %Y-%m-%d} ({why})" for day, why in listed)
    if not line.hours.holidays:
        text = f"no holidays: in line.yaml; closed in the next {CLOSED_DAYS_AHEAD} days: "
        return warning(text + (days or "no day"), "name your holidays, as {country: US, state: NY}")
    return ok(f"closed in the next {CLOSED_DAYS_AHEAD} days: {days or 'no day'}")


def on_call(context: CheckContext) -> CheckResult:
    """Is somebody on call whenever the office is closed, by the calendar as it is now?"""
    script, rota = context.own_script, context.own_script.line.on_call
    if rota is None:
        return ok("no on_call: in line.yaml; while the office is closed, the hotline is offered")
    feed = _feed(rota, context) if rota.url else FeedState()
    if rota.url and feed.calendar is None:
        if not context.is_online:
            return skipped("needs the network: the calendar was never fetched here", ONLINE)
        return failed(feed.summary, OPEN_CALENDAR)
    script = replace(script, calendar=feed.calendar or script.calendar)
    if empty := gaps(script, context.now):
        return failed(f"{empty[0]}{more(empty)}", "see every gap with `ivr oncall`, and add shifts")
    if feed.trouble:
        return warning(feed.summary, OPEN_CALENDAR)
    return ok(f"somebody is on call, or the office is open, in each hour of the next {DAYS} days")


OPEN_CALENDAR = "open its URL in a browser, and see whether it is a calendar"


def _feed(rota: OnCall, context: CheckContext) -> FeedState:
    """Return the calendar of the people on call: fetched, or offline the copy on this machine."""
    feed = CalendarFeed(rota, context.own_script.line.time_zone, context.settings.state)
    if context.is_online:
        return feed.poll()
    feed.read_copy()
    return feed.state


def clips(context: CheckContext) -> CheckResult:
    """Does every prompt have a clip with its words of today?"""
    settings = context.settings
    silent = context.own_script.line.recorded_languages
    if not settings.audio and silent:
        return failed(
            f"IVR_AUDIO=off, and no voice speaks {', '.join(sorted(silent))}", "set IVR_AUDIO=auto"
        )
    if not settings.audio:
        return ok("IVR_AUDIO=off: the carrier's voice says everything")
    if context.utterances is None:
        return skipped("what the line says is not known", "run `ivr check`, then `ivr audio check`")
    try:
        manifest = read_manifest(settings.clips)
    except SpeechError as e:
        return warning(str(e), "run `ivr audio render`")
    rows = overview.rows(settings.clips, context.utterances, manifest)
    lost = [r for r in rows if r.words.language in silent and r.state not in {"fresh", "recorded"}]
    if lost:
        what = f"{lost[0].words.language} {lost[0].words.prompt}"
        return failed(
            f"{count_of(len(lost), 'text')} without a recording, in languages that no voice"
            f" speaks, the first is {what}: who needs one hears the hotline's number and is"
            " connected",
            "`ivr audio sheet CODE` lists what to record; then run `ivr audio render`",
        )
    counted = overview.count(rows)
    lacking = counted["stale"] + counted["missing"]
    of = len(context.utterances)
    if lacking:
        return warning(
            f"{lacking} of {of} have none, so the carrier's voice says them; an operator's own"
            " state hotline, office and numbers need clips of their own",
            "run `ivr audio render`",
        )
    return ok(f"all {of} are up to date, {counted['recorded']} of them your own recordings")
