"""Builds the services of the domain and the cogs from what `bot.app` has opened."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from discord.ext import commands

from bot.chat import tokens
from bot.chat.admission import Admission
from bot.chat.answering import Answering
from bot.chat.auto_threads import AutoThreads
from bot.chat.branching import Branching
from bot.chat.budget import TokenBudget
from bot.chat.caller import Caller
from bot.chat.changing import Changing
from bot.chat.choosing import Choosing
from bot.chat.footers import Footers
from bot.chat.image_tokens import Sight
from bot.chat.lanes import Lanes
from bot.chat.late_writes import LateWrites
from bot.chat.opting_out import OptingOut
from bot.chat.ports.store import Store
from bot.chat.profiles import Profiles
from bot.chat.recently import Recently
from bot.chat.recovery import Recovery
from bot.chat.service import ChatService
from bot.chat.showing import Showing
from bot.chat.sight import sight_of
from bot.chat.summarising import Summarising
from bot.chat.transcribing import Transcribing
from bot.chat.turns import Question
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
from bot.config import DEFAULT, Current, Settings
from bot.export.temporary_folder import TemporaryFolder
from bot.gateway.categories import KnownCategories
from bot.gateway.client import ParleyClient
from bot.gateway.clock import DiscordClock
from bot.gateway.hindrances import KnownHindrances
from bot.gateway.owner_alerts import OwnerAlerts
from bot.gateway.thread_opening import ThreadOpening
from bot.intake.ambient import Ambient
from bot.intake.beginnings import DiscordBeginnings
from bot.intake.consent import Consent
from bot.intake.downloads import Downloads
from bot.intake.forwards import Forwards
from bot.intake.links import Links
from bot.intake.media import MediaReader
from bot.intake.recent import RecentMessages
from bot.intake.rendering import DiscordIntake
from bot.intake.requoting import Requoting
from bot.intake.surroundings import Surroundings
from bot.llm.servers import TRANSCRIPTS
from bot.providers import Providers
from bot.reply.live import DiscordDisplay
from bot.reply.nonce import Nonces
from bot.reply.pace import Pace


@dataclass(frozen=True, slots=True)
class Resources:
    """The open store, providers and Discord client of a running bot, the pace of its edits, and the time on Discord."""

    store: Store
    providers: Providers
    client: ParleyClient
    alerts: OwnerAlerts
    exports: TemporaryFolder
    pace: Pace
    clock: DiscordClock


@dataclass(frozen=True, slots=True)
class Bot:
    """The parts of the wired bot that have to be started or drained."""

    lanes: Lanes
    answering: Answering
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
    showing: Showing
    lanes: Lanes
    late_writes: LateWrites


async def wire(current: Current[Settings], profiles: Current[Profiles], resources: Resources) -> Bot:
    """Build the bot's services and cogs, and add the cogs to the client. Raises StoreError."""
    store, clock = resources.store, resources.clock
    file = await asyncio.to_thread(_identity_of, current.value.history.path)
    nonces = await Nonces.loaded(store.facts, file, clock)
    base = _base(current, profiles, resources, nonces)
    await base.choosing.load()
    await base.opting_out.load()
    answering = _answering(current, resources, base)
    chat = ChatService(
        questions=store.questions,
        attempts=store.attempts,
        conversations=store.conversations,
        branching=base.branching,
        answering=answering,
        showing=base.showing,
        lanes=base.lanes,
        budget=base.budget,
        clock=clock,
        limits=current.part(lambda settings: settings.limits),
        chat=current.part(lambda settings: settings.chat),
    )
    recovery = Recovery(
        questions=store.questions,
        attempts=store.attempts,
        calls=store.calls,
        answering=answering,
        showing=base.showing,
        lanes=base.lanes,
        clock=clock,
    )
    changing = Changing(
        changes=store.changes,
        questions=store.questions,
        answering=answering,
        showing=base.showing,
        lanes=base.lanes,
        clock=clock,
        count=tokens.count,
        answers=current.part(lambda settings: settings.answers),
    )
    catch_up = await _add_cogs(current, profiles, resources, base, chat, changing, nonces)
    return Bot(base.lanes, answering, base.showing, recovery, catch_up, base.opting_out)


async def _add_cogs(  # noqa: PLR0917 -- all are of other types
    current: Current[Settings],
    profiles: Current[Profiles],
    resources: Resources,
    base: _Base,
    chat: ChatService,
    changing: Changing,
    nonces: Nonces,
) -> CatchUp:
    """Build the cogs, add them to the client, and return the one that has to be drained. Raises StoreError."""
    store, client, clock = resources.store, resources.client, resources.clock
    access = current.part(lambda settings: settings.access)
    discord = current.part(lambda settings: settings.discord)
    threads = await store.conversations.threads() if discord.value.follow_threads else ()
    unprompted = Unprompted(client, discord, Recently(threads), base.choosing)
    receiver = Receiver(
        client,
        chat,
        base.intake,
        access,
        clock,
        hindrances=base.hindrances,
        unprompted=unprompted,
        opening=base.opening,
    )
    looks_back = current.part(lambda settings: settings.recovery)
    catch_up = CatchUp(client, store.seen, store.facts, receiver.receive, clock=clock, recovery=looks_back)
    await catch_up.load()
    requoting = Requoting(
        client, Links(client, access, base.consent), base.consent, current.part(lambda settings: settings.chat)
    )
    changes = Changes(
        client,
        changing,
        receiver,
        catch_up=catch_up,
        held=base.intake,
        requoting=requoting,
        late_writes=base.late_writes,
        clock=clock,
    )
    catch_up.look_back = changes.look_back
    controls = Controls(client, chat, access, clock)
    slots = WorkSlots()
    regenerate = Regenerate(chat, access, controls, choosing=base.choosing, profiles=profiles)
    threads = Threads(access, client, chat, base.opening, discord)
    cogs: tuple[commands.Cog, ...] = (
        catch_up,
        Mentions(client, receiver, catch_up, nonces, clock),
        changes,
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
            look_up_seconds=_look_up_seconds(current),
        ),
        Choices(access, client, choosing=base.choosing, profiles=profiles, conversations=store.conversations),
        Panels(access, choosing=base.choosing, conversations=store.conversations, calls=store.calls),
        Privacy(access, base.opting_out),
        Help(access),
    )
    for cog in cogs:
        await client.add_cog(cog)
    return catch_up


def _base(current: Current[Settings], profiles: Current[Profiles], resources: Resources, nonces: Nonces) -> _Base:
    store, client, clock = resources.store, resources.client, resources.clock
    limits = current.part(lambda settings: settings.limits)
    answers = current.part(lambda settings: settings.answers)
    budget = TokenBudget(store.calls, limits, clock)
    choosing = Choosing(choices=store.choices, categories=KnownCategories(client), profiles=profiles, clock=clock)
    media = _media(current, resources, budget, choosing)
    opening = ThreadOpening(client)
    late_writes = LateWrites()
    opting_out = OptingOut(
        opt_outs=store.opt_outs, changes=store.changes, late_writes=late_writes, clock=clock, count=tokens.count
    )
    forwards = Forwards(client, _look_up_seconds(current))
    consent = Consent(current.part(lambda settings: settings.access), opting_out, forwards)
    return _Base(
        intake=DiscordIntake(
            client,
            current.part(lambda settings: settings.chat),
            media,
            around=_surroundings(current, resources, consent),
        ),
        hindrances=KnownHindrances(client, clock),
        budget=budget,
        choosing=choosing,
        opting_out=opting_out,
        consent=consent,
        caller=Caller(
            attempts=store.attempts,
            calls=store.calls,
            conversations=store.conversations,
            providers=resources.providers.by_name,
            budget=budget,
            clock=clock,
            count=tokens.count,
            alerts=resources.alerts,
            blobs=store.blobs,
        ),
        branching=Branching(
            conversations=store.conversations,
            beginnings=DiscordBeginnings(client, consent, _look_up_seconds(current)),
            clock=clock,
        ),
        opening=opening,
        showing=Showing(
            store,
            DiscordDisplay(client, resources.pace, nonces, answers, clock.moment),
            clock=clock,
            footers=Footers(store.calls, answers),
            answers=answers,
            threads=AutoThreads(store.questions, opening, current.part(lambda settings: settings.discord)),
        ),
        lanes=Lanes(limits),
        late_writes=late_writes,
    )


def _answering(current: Current[Settings], resources: Resources, base: _Base) -> Answering:
    store = resources.store
    return Answering(
        questions=store.questions,
        attempts=store.attempts,
        intake=base.intake,
        caller=base.caller,
        showing=base.showing,
        choosing=base.choosing,
        branching=base.branching,
        clock=resources.clock,
        count=tokens.count,
        admission=Admission(
            questions=store.questions,
            intake=base.intake,
            roles=resources.client.shared_roles,
            access=current.part(lambda settings: settings.access),
        ),
        hindrances=base.hindrances,
        recovery=current.part(lambda settings: settings.recovery),
        late_writes=base.late_writes,
        changes=store.changes,
        lanes=base.lanes,
        opted_out=base.opting_out,
    )


def _surroundings(current: Current[Settings], resources: Resources, consent: Consent) -> Surroundings:
    client, questions = resources.client, resources.store.questions
    access = current.part(lambda settings: settings.access)
    ambient = Ambient(client, questions, current, tokens.count, lambda: current.value.prompt_tokens, consent=consent)
    links = Links(client, access, consent)
    return Surroundings(client, questions, links, ambient, consent, seconds=_look_up_seconds(current))


def _look_up_seconds(current: Current[Settings]) -> Current[float]:
    return current.part(lambda settings: settings.discord.look_up_seconds)


def _media(current: Current[Settings], resources: Resources, budget: TokenBudget, choosing: Choosing) -> MediaReader:
    async def sight(question: Question) -> Sight:
        await choosing.look_up(question.place)
        profile = choosing.resolve(question.place, question.conversation_id).profile
        return await sight_of(profile, resources.providers.by_name)

    return MediaReader(
        resources.client,
        settings=current.part(lambda settings: settings.files),
        prompt_tokens=lambda: current.value.prompt_tokens,
        downloads=Downloads(current.value.discord.api_base, current.value.discord.proxy),
        count=tokens.count,
        sight=sight,
        transcriber=_transcribing(current, resources, budget),
    )


def _transcribing(
    current: Current[Settings], resources: Resources, budget: TokenBudget
) -> Callable[[], Transcribing | None]:
    """Return a function that tells what transcribes recordings by the newest settings; None where no model is set up for it."""
    settings = current.part(lambda settings: settings.transcription)

    def newest() -> Transcribing | None:
        if (model := current.value.transcription_model) is None:
            return None
        name = TRANSCRIPTS if settings.value.base_url else DEFAULT
        return Transcribing(
            transcriber=resources.providers.transcribers[name],
            provider=name,
            model=model,
            slots=resources.providers.by_name[name].slots,
            calls=resources.store.calls,
            budget=budget,
            alerts=resources.alerts,
            clock=resources.clock,
            settings=settings,
        )

    return newest


def _identity_of(path: Path) -> str:
    """Return a text that identifies a file and differs for its copies: its inode number and its absolute path."""
    return f"{path.stat().st_ino} {path.resolve()}"
