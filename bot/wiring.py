"""Builds the services of the domain and the cogs from what `bot.app` has opened."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from discord.ext import commands

from bot.chat import tokens
from bot.chat.admission import Admission
from bot.chat.answering import Answering
from bot.chat.attempt_ends import AttemptEnds
from bot.chat.auto_threads import AutoThreads
from bot.chat.branching import Branching
from bot.chat.budget import TokenBudget
from bot.chat.caller import Caller
from bot.chat.changing import Changing
from bot.chat.choosing import Choosing
from bot.chat.footers import Footers
from bot.chat.lanes import Lanes
from bot.chat.late_writes import LateWrites
from bot.chat.opting_out import OptingOut
from bot.chat.preparing import Preparing
from bot.chat.profiles import Profiles
from bot.chat.recently import Recently
from bot.chat.recovery import Recovery
from bot.chat.service import ChatService
from bot.chat.showing import Showing
from bot.chat.summarising import Summarising
from bot.chat.writing import Writing
from bot.cogs.catch_up import CatchUp
from bot.cogs.changes import Changes
from bot.cogs.choices import Choices
from bot.cogs.controls import Controls
from bot.cogs.export import Export
from bot.cogs.follow import Follow
from bot.cogs.help import Help
from bot.cogs.mention import Mentions
from bot.cogs.message_menu import MessageMenu
from bot.cogs.panels import Panels
from bot.cogs.privacy import Privacy
from bot.cogs.receive import Receiver
from bot.cogs.regenerate import Regenerate
from bot.cogs.reset import Reset
from bot.cogs.stop import Stop
from bot.cogs.threads import Threads
from bot.cogs.tldr import Tldr
from bot.cogs.unprompted import Unprompted
from bot.cogs.work_slots import WorkSlots
from bot.config import Current, Settings
from bot.gateway.categories import KnownCategories
from bot.gateway.hindrances import KnownHindrances
from bot.gateway.thread_opening import ThreadOpening
from bot.intake.beginnings import DiscordBeginnings
from bot.intake.consent import Consent
from bot.intake.forwards import Forwards
from bot.intake.links import Links
from bot.intake.recent import RecentMessages
from bot.intake.rendering import DiscordIntake
from bot.intake.requoting import Requoting
from bot.intake_wiring import intake_of, look_up_seconds
from bot.reply.live import DiscordDisplay
from bot.reply.nonce import Nonces
from bot.resources import Resources


@dataclass(frozen=True, slots=True)
class Bot:
    """The parts of the wired bot that have to be started or drained."""

    lanes: Lanes
    late_writes: LateWrites
    showing: Showing
    recovery: Recovery
    catch_up: CatchUp
    opting_out: OptingOut


@dataclass(frozen=True, slots=True)
class _Base:
    """The parts that several others are built of."""

    intake: DiscordIntake
    hindrances: KnownHindrances
    budget: TokenBudget
    choosing: Choosing
    opting_out: OptingOut
    consent: Consent
    caller: Caller
    branching: Branching
    opening: ThreadOpening
    nonces: Nonces
    showing: Showing
    lanes: Lanes
    late_writes: LateWrites


@dataclass(frozen=True, slots=True)
class _Attempts:
    """The parts of the way of an attempt."""

    preparing: Preparing
    writing: Writing
    ends: AttemptEnds


@dataclass(frozen=True, slots=True)
class _Services:
    """The parts that carry out what people do."""

    chat: ChatService
    changing: Changing
    recovery: Recovery


async def wire(current: Current[Settings], profiles: Current[Profiles], resources: Resources) -> Bot:
    """Build the bot's services and cogs, and add the cogs to the client. Raises StoreError."""
    file = await asyncio.to_thread(_identity_of, current.value.history.path)
    nonces = await Nonces.loaded(resources.store.facts, file, resources.clock)
    base = _base(current, profiles, resources, nonces)
    await base.choosing.load()
    await base.opting_out.load()
    services = _services(current, resources, base)
    receiving = await _receiving(current, resources, base, services)
    for cog in (*receiving, *_commands(current, profiles, resources, base, services.chat)):
        await resources.client.add_cog(cog)
    return Bot(base.lanes, base.late_writes, base.showing, services.recovery, receiving.catch_up, base.opting_out)


def _base(current: Current[Settings], profiles: Current[Profiles], resources: Resources, nonces: Nonces) -> _Base:
    store, client, clock = resources.store, resources.client, resources.clock
    limits = current.part(lambda settings: settings.limits)
    budget = TokenBudget(store.calls, limits, clock)
    choosing = Choosing(choices=store.choices, categories=KnownCategories(client), profiles=profiles, clock=clock)
    late_writes = LateWrites()
    opting_out = OptingOut(
        opt_outs=store.opt_outs, changes=store.changes, late_writes=late_writes, clock=clock, count=tokens.count
    )
    forwards = Forwards(client, look_up_seconds(current))
    consent = Consent(current.part(lambda settings: settings.access), opting_out, forwards)
    intake = intake_of(current, resources, budget, choosing, consent)
    caller = _caller(resources, budget)
    beginnings = DiscordBeginnings(client, consent, look_up_seconds(current))
    branching = Branching(conversations=store.conversations, beginnings=beginnings, clock=clock)
    opening = ThreadOpening(client)
    showing = _showing(current, resources, opening, nonces)
    return _Base(
        intake=intake,
        hindrances=KnownHindrances(client, clock),
        budget=budget,
        choosing=choosing,
        opting_out=opting_out,
        consent=consent,
        caller=caller,
        branching=branching,
        opening=opening,
        nonces=nonces,
        showing=showing,
        lanes=Lanes(limits),
        late_writes=late_writes,
    )


def _caller(resources: Resources, budget: TokenBudget) -> Caller:
    store = resources.store
    return Caller(
        attempts=store.attempts,
        calls=store.calls,
        conversations=store.conversations,
        providers=resources.providers.by_name,
        budget=budget,
        clock=resources.clock,
        count=tokens.count,
        alerts=resources.alerts,
        blobs=store.blobs,
    )


def _showing(current: Current[Settings], resources: Resources, opening: ThreadOpening, nonces: Nonces) -> Showing:
    store, clock = resources.store, resources.clock
    answers = current.part(lambda settings: settings.answers)
    return Showing(
        store,
        DiscordDisplay(resources.client, resources.pace, nonces, answers, clock.moment),
        clock=clock,
        footers=Footers(store.calls, answers),
        answers=answers,
        threads=AutoThreads(store.questions, opening, current.part(lambda settings: settings.discord)),
    )


def _services(current: Current[Settings], resources: Resources, base: _Base) -> _Services:
    store, clock = resources.store, resources.clock
    attempts = _attempts(resources, base)
    answering = _answering(current, resources, base, attempts)
    chat = ChatService(
        questions=store.questions,
        attempts=store.attempts,
        conversations=store.conversations,
        branching=base.branching,
        answering=answering,
        writing=attempts.writing,
        showing=base.showing,
        lanes=base.lanes,
        budget=base.budget,
        clock=clock,
        limits=current.part(lambda settings: settings.limits),
        chat=current.part(lambda settings: settings.chat),
    )
    changing = Changing(
        changes=store.changes,
        questions=store.questions,
        answering=answering,
        preparing=attempts.preparing,
        showing=base.showing,
        lanes=base.lanes,
        clock=clock,
        count=tokens.count,
        answers=current.part(lambda settings: settings.answers),
    )
    recovery = Recovery(
        questions=store.questions,
        attempts=store.attempts,
        calls=store.calls,
        answering=answering,
        ends=attempts.ends,
        showing=base.showing,
        lanes=base.lanes,
        clock=clock,
    )
    return _Services(chat, changing, recovery)


def _attempts(resources: Resources, base: _Base) -> _Attempts:
    store, clock = resources.store, resources.clock
    preparing = Preparing(
        intake=base.intake,
        choosing=base.choosing,
        branching=base.branching,
        caller=base.caller,
        clock=clock,
        count=tokens.count,
        opted_out=base.opting_out,
    )
    ends = AttemptEnds(
        questions=store.questions,
        attempts=store.attempts,
        caller=base.caller,
        showing=base.showing,
        clock=clock,
        count=tokens.count,
        late_writes=base.late_writes,
    )
    return _Attempts(preparing, Writing(base.caller, base.showing, ends), ends)


def _answering(current: Current[Settings], resources: Resources, base: _Base, attempts: _Attempts) -> Answering:
    store = resources.store
    return Answering(
        questions=store.questions,
        attempts=store.attempts,
        changes=store.changes,
        admission=Admission(
            questions=store.questions,
            intake=base.intake,
            roles=resources.client.shared_roles,
            access=current.part(lambda settings: settings.access),
        ),
        hindrances=base.hindrances,
        preparing=attempts.preparing,
        writing=attempts.writing,
        ends=attempts.ends,
        showing=base.showing,
        lanes=base.lanes,
        late_writes=base.late_writes,
        clock=resources.clock,
        recovery=current.part(lambda settings: settings.recovery),
    )


class _Receiving(NamedTuple):
    """The cogs that hear what people write, edit and delete."""

    catch_up: CatchUp
    mentions: Mentions
    changes: Changes


async def _receiving(current: Current[Settings], resources: Resources, base: _Base, services: _Services) -> _Receiving:
    """Build the cogs that hear messages. Raises StoreError."""
    store, client, clock = resources.store, resources.client, resources.clock
    access = current.part(lambda settings: settings.access)
    discord = current.part(lambda settings: settings.discord)
    threads = await store.conversations.threads() if discord.value.follow_threads else ()
    receiver = Receiver(
        client,
        services.chat,
        base.intake,
        access,
        clock,
        hindrances=base.hindrances,
        unprompted=Unprompted(client, discord, Recently(threads), base.choosing),
        opening=base.opening,
    )
    looks_back = current.part(lambda settings: settings.recovery)
    catch_up = CatchUp(client, store.seen, store.facts, receiver.receive, clock=clock, recovery=looks_back)
    await catch_up.load()
    changes = Changes(
        client,
        services.changing,
        receiver,
        catch_up=catch_up,
        held=base.intake,
        requoting=Requoting(
            client, Links(client, access, base.consent), base.consent, current.part(lambda settings: settings.chat)
        ),
        late_writes=base.late_writes,
        clock=clock,
    )
    catch_up.look_back = changes.look_back
    return _Receiving(catch_up, Mentions(client, receiver, catch_up, base.nonces, clock), changes)


def _commands(
    current: Current[Settings], profiles: Current[Profiles], resources: Resources, base: _Base, chat: ChatService
) -> tuple[commands.Cog, ...]:
    """Build the cogs of commands, menus and buttons."""
    store, client, clock = resources.store, resources.client, resources.clock
    access = current.part(lambda settings: settings.access)
    controls = Controls(client, chat, access, clock)
    slots = WorkSlots()
    regenerate = Regenerate(chat, access, controls, choosing=base.choosing, profiles=profiles)
    threads = Threads(access, client, chat, base.opening, current.part(lambda settings: settings.discord))
    return (
        controls,
        regenerate,
        MessageMenu(
            client,
            chat,
            access,
            controls=controls,
            held=base.intake,
            consent=base.consent,
            regenerate=regenerate,
            threads=threads,
        ),
        threads,
        Follow(access, client, base.choosing),
        Reset(access, chat),
        Stop(access, chat),
        Export(access, store, resources.exports, slots, clock),
        Tldr(
            access,
            chat,
            recent=RecentMessages(client, current, base.consent),
            summarising=Summarising(
                caller=base.caller, choosing=base.choosing, calls=store.calls, clock=clock, count=tokens.count
            ),
            slots=slots,
            look_up_seconds=look_up_seconds(current),
        ),
        Choices(access, client, choosing=base.choosing, profiles=profiles, conversations=store.conversations),
        Panels(access, choosing=base.choosing, conversations=store.conversations, calls=store.calls),
        Privacy(access, base.opting_out),
        Help(access),
    )


def _identity_of(path: Path) -> str:
    """Return a text that identifies a file and differs for its copies: its inode number and its absolute path."""
    return f"{path.stat().st_ino} {path.resolve()}"
