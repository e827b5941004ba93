"""The parts of one running coachroom, put together once a process and shared by pages, routes and commands."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from coachroom.agent.briefings import Briefings, forget_in_briefings
from coachroom.agent.tools import Tools, forget_lookups
from coachroom.agent_config.spec import AgentFile, read_agent_file
from coachroom.app.appointment_wiring import open_appointments
from coachroom.app.backups import Backups, backup_plan
from coachroom.app.downloads import Downloads
from coachroom.app.erased_elsewhere import ErasedElsewhere
from coachroom.app.hook_reports import HookReports
from coachroom.app.made_copies import MadeCopies
from coachroom.app.maintenance import Maintenance
from coachroom.app.monday_mail import MondayMail
from coachroom.app.numbers import open_mirror
from coachroom.app.replicas import link_to_others, replica_of
from coachroom.app.sessions import Sessions
from coachroom.app.simulator_wiring import open_agent
from coachroom.app.status import StoreStatus
from coachroom.app.version_check import AgentBranches
from coachroom.appointments.bookings import Appointments
from coachroom.appointments.busy_calendars import BusyCalendars
from coachroom.appointments.coach_calendars import CoachCalendars
from coachroom.appointments.feeds import CalendarFeeds
from coachroom.appointments.left_appointments import LeftAppointments
from coachroom.appointments.mails import AppointmentMails
from coachroom.appointments.series_bookings import SeriesBookings
from coachroom.appointments.zone_rules import ZoneRules
from coachroom.budget.amounts import budget_of
from coachroom.budget.budgets import Budgets
from coachroom.caseload.caseload import CaseloadReader, ensure_coach_on_record
from coachroom.caseload.client_views import ClientViews
from coachroom.caseload.coach_messages import CoachMessages
from coachroom.caseload.coach_notes import CoachNotes
from coachroom.caseload.directory import Directory
from coachroom.caseload.handoffs import Handoffs
from coachroom.caseload.in_session import InSession
from coachroom.caseload.message_notices import MessageNotices
from coachroom.clock import Clock, utc_now
from coachroom.coaching.coach_questions import settle_asked
from coachroom.coaching.coaching import Coaching
from coachroom.coaching.memory import Forgotten
from coachroom.comparisons.comparisons import Comparisons
from coachroom.demo.community import DemoCommunity, seed_small_community
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.live.coach_words import keep_coach_words
from coachroom.live.desk import LiveDesk
from coachroom.live.ice import ice_plan_of
from coachroom.live.joins import Joins
from coachroom.live.voices import shared_voices
from coachroom.metrics.day_notes import DayNotes
from coachroom.metrics.due_facts import DueFacts
from coachroom.metrics.facts import earlier_sessions
from coachroom.metrics.inventory import Inventory
from coachroom.metrics.reader import MetricsReader
from coachroom.metrics.saved_views import SavedViews
from coachroom.metrics.version_records import pace_at, records_of
from coachroom.notifications.devices import Devices
from coachroom.notifications.hook_sender import HookSender, hook_receiver_of
from coachroom.notifications.invitations import put_invitation
from coachroom.notifications.mail_server import MailSender, mail_server_of
from coachroom.notifications.message import Channel, MessageKind, MessageSender
from coachroom.notifications.outbox import Outbox
from coachroom.notifications.push_sender import PushSender
from coachroom.notifications.push_subscriptions import PushSubscriptions
from coachroom.notifications.web_push import VapidKey
from coachroom.people.audit import AuditLog
from coachroom.people.demo import seed_demo_people
from coachroom.people.identities import Identities
from coachroom.people.member import Member
from coachroom.people.members import Invite, Members
from coachroom.people.open_pages import OpenPages
from coachroom.people.people import People, Role
from coachroom.people.refused_access import RefusedAccess
from coachroom.people.sign_ins import SignInLimits, SignIns
from coachroom.people.signed_tokens import SignedTokens
from coachroom.privacy.delete_session import SessionDeletion
from coachroom.privacy.erase import facts_zone_of
from coachroom.privacy.erase_again import erase_again
from coachroom.privacy.erasures import Erasures
from coachroom.privacy.off_record import OffRecord, settle_off_record
from coachroom.privacy.own_data import OwnData
from coachroom.privacy.retention import KeptFor, Retention
from coachroom.recording.calls import agent_hung_up
from coachroom.recording.confidence import add_stated_confidence, known_confidence
from coachroom.recording.erased_calls import ErasedCalls
from coachroom.recording.failed_calls import FailedCalls
from coachroom.recording.intake import Intake
from coachroom.recording.limits import RecordingLimits
from coachroom.recording.rebuild import Rebuilder
from coachroom.recording.records import Records, delete_analysis
from coachroom.recording.session_states import SessionStates
from coachroom.recording.talked_in import talked_in
from coachroom.recording.written_sessions import WrittenSessions, was_in_writing
from coachroom.reminders.choices import ReminderDesk
from coachroom.reminders.come_back import ComeBack
from coachroom.reminders.due_reminders import DueReminders, ReminderLinks
from coachroom.rooms.feedback import FeedbackDesk
from coachroom.rooms.presence import Presence
from coachroom.rooms.rooms import RoomLimits, Rooms
from coachroom.rooms.safety_mails import SafetyMails
from coachroom.rooms.safety_reports import SafetyReports
from coachroom.safety.danger import DangerPhrases, read_danger_phrases
from coachroom.safety.help_lines import HelpLines, read_help_lines
from coachroom.settings import Settings
from coachroom.simulator import PracticeAgent
from coachroom.store.backup import recipient_of, remove_unfinished
from coachroom.store.compact import remove_unfinished_copy
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.private_files import keep_private, make_folder
from coachroom.store.replica import Replica
from coachroom.store.replica_link import ReplicaLink
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

if TYPE_CHECKING:
    from coachroom.store.mirror import Mirror


@dataclass(frozen=True)
class Services:
    """Everything a page or a route may ask for. Only packages below reach the store and its writer."""

    settings: Settings
    clock: Clock
    agent_file: AgentFile
    help_lines: HelpLines
    danger_phrases: DangerPhrases
    store_status: StoreStatus
    people: People
    members: Members
    outbox: Outbox
    devices: Devices
    push_key: VapidKey | None
    push_subscriptions: PushSubscriptions
    reports: HookReports
    monday_mail: MondayMail
    reminders: ReminderDesk
    come_back: ComeBack
    due_reminders: DueReminders
    directory: Directory
    identities: Identities
    sign_ins: SignIns
    open_pages: OpenPages
    audit: AuditLog
    refused_access: RefusedAccess
    tokens: SignedTokens
    rooms: Rooms
    feedback: FeedbackDesk
    safety_reports: SafetyReports
    presence: Presence
    sessions: Sessions
    budgets: Budgets
    coaching: Coaching
    briefings: Briefings
    intake: Intake
    written_sessions: WrittenSessions
    tools: Tools
    failed_calls: FailedCalls
    records: Records
    erased_calls: ErasedCalls
    facts: DueFacts
    metrics: MetricsReader
    mirror: Mirror | None
    day_notes: DayNotes
    saved_views: SavedViews
    inventory: Inventory
    caseload: CaseloadReader
    in_session: InSession
    client_views: ClientViews
    coach_messages: CoachMessages
    coach_notes: CoachNotes
    handoffs: Handoffs
    joins: Joins
    live: LiveDesk
    appointments: Appointments
    series: SeriesBookings
    left_appointments: LeftAppointments
    zone_rules: ZoneRules
    appointment_mails: AppointmentMails
    coach_calendars: CoachCalendars
    calendar_feeds: CalendarFeeds
    busy_calendars: BusyCalendars
    comparisons: Comparisons
    branches: AgentBranches
    demo: DemoCommunity
    off_record: OffRecord
    own_data: OwnData
    session_deletion: SessionDeletion
    retention: Retention
    maintenance: Maintenance
    backups: Backups
    downloads: Downloads
    copies: MadeCopies
    erased_elsewhere: ErasedElsewhere
    provider: ElevenLabs | None
    practice: PracticeAgent | None
    webhook_secret: SecretStr | None
    link: ReplicaLink | None
    _resources: ExitStack

    @property
    def signs_addresses(self) -> bool:
        """Whether a call needs an address that this server gets with its API key."""
        return self.practice is None and self.provider is not None

    @property
    def leads(self) -> bool:
        """Whether this process does what is to be done once; alone, it always does."""
        return self.link is None or self.link.leads

    def numbers_as_of(self) -> datetime:
        """The time (naive UTC) up to which numbers can be told; now, where they are read in the database itself."""
        now = self.clock()
        copied = self.mirror.as_of if self.mirror is not None else None
        return now if copied is None else min(now, copied)

    def close(self) -> None:
        """Writes what waits, deletes the downloads and closes the database."""
        self._resources.close()


def open_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Opens the database, brings its schema up to date and ends what a crash left open.

    Raises StoreError, and TomlFileError for a file beside the settings that cannot be used.
    """
    resources = ExitStack()
    keep_private(settings.beside)
    if settings.backup_key is not None:
        recipient_of(settings.backup_key)
    try:
        store = open_store(settings.database)
        resources.callback(store.close)
        replica = replica_of(settings, store)
        link = link_to_others(settings, store, replica)
        if link is not None:
            resources.callback(link.close)
            if clock is utc_now:
                clock = link.now
        if store.shared:
            make_folder(settings.beside.parent)
        else:
            # Nobody else has the database open.
            remove_unfinished(store.file)
            remove_unfinished_copy(store.file)
        migrate(store, clock())
        erasures = Erasures.of(settings, replica)
        with store.transaction() as transaction:
            erase_again(transaction, erasures, clock(), facts_zone_of(settings))
        writer = Writer(store)
        resources.callback(writer.close)
        services = _compose(settings, clock, store, writer, resources, replica=replica, link=link, erasures=erasures)
        if settings.demo_sign_in:
            seed_demo_people(writer, clock())
        if settings.starts_with_demo:
            seed_small_community(store, writer, clock())
        services.sessions.recover()
    except BaseException:
        resources.close()
        raise
    return services


def _compose(
    settings: Settings,
    clock: Clock,
    store: Store,
    writer: Writer,
    resources: ExitStack,
    *,
    replica: Replica,
    link: ReplicaLink | None,
    erasures: Erasures,
) -> Services:
    agent_file = read_agent_file(settings)
    facts = DueFacts(store, writer, clock)
    push_key = None if settings.push_key is None else VapidKey.read(settings.push_key.get_secret_value())
    push_subscriptions = PushSubscriptions(store, writer, clock)
    outbox = Outbox(store, writer, clock, _ways_out(settings, push_key, push_subscriptions))
    caseload = CaseloadReader(store)
    reports = HookReports(outbox, caseload, clock, min_valid_seconds=settings.min_valid_seconds)
    joins = Joins(store, writer, clock)
    after_end = partial(_after_end, facts=facts, reports=reports, joins=joins, clock=clock)
    rooms = Rooms(
        store,
        writer,
        clock,
        _room_limits(settings),
        after_end=after_end,
        agent_hung_up=agent_hung_up,
        replica=replica,
    )
    if (mirror := open_mirror(store, settings, clock)) is not None:
        resources.callback(mirror.close)
    presence = Presence()
    coaching = Coaching(store, writer, clock, after_forget=_forget_above)
    provider, practice, webhook_secret = open_agent(settings, agent_file)
    if provider is not None:
        resources.callback(provider.close)
    states = SessionStates(store, _recording_limits(settings), shared_voices=partial(shared_voices, joins))
    rebuilder = Rebuilder(writer, rooms, clock, states, coaching=coaching)
    records = Records(store, writer, rooms, rebuilder, clock, provider=provider, agent_id=settings.agent_id)
    people = People(store, writer, clock)
    zone = ZoneInfo(settings.reporting_timezone)
    budgets = Budgets(store, writer, rooms, clock, budget=budget_of(settings), zone=zone)
    intake = Intake(
        store,
        writer,
        rooms,
        clock,
        rebuilder,
        agent_id=settings.agent_id,
        after_call_change=budgets.call_changed,
    )
    downloads = Downloads(settings.beside.with_name(f".{settings.beside.name}.exports"), clock, replica.name)
    resources.callback(downloads.close)
    copies = MadeCopies(downloads)
    erasures.after_deletion(copies.drop)
    members = Members(store, writer, clock, erased_at=erasures.recogniser, invite=_invite_by(outbox, settings.origin))
    tokens = SignedTokens(settings.cookie_secret.get_secret_value(), longest_sign_in=settings.longest_sign_in)

    def unsubscribe_link(email: str, kind: MessageKind) -> str:
        return settings.origin + tokens.issue_unsubscribe(email, kind)

    reminders = ReminderDesk(store, writer, clock)
    dates = open_appointments(
        settings,
        store,
        writer,
        clock,
        outbox=outbox,
        browsers=push_subscriptions,
        reminders=reminders,
        reports=reports,
        unsubscribe_link=unsubscribe_link,
    )
    message_notices = MessageNotices(
        store, outbox, push_subscriptions, origin=settings.origin, unsubscribe_link=unsubscribe_link
    )
    safety_mails = SafetyMails(store, outbox, origin=settings.origin, unsubscribe_link=unsubscribe_link)
    return Services(
        settings=settings,
        clock=clock,
        agent_file=agent_file,
        help_lines=read_help_lines(settings),
        danger_phrases=read_danger_phrases(settings),
        store_status=StoreStatus(store, writer),
        people=people,
        members=members,
        outbox=outbox,
        reports=reports,
        monday_mail=MondayMail(
            members,
            caseload,
            outbox,
            clock,
            on=settings.monday_mail,
            zone=zone,
            origin=settings.origin,
            min_valid_seconds=settings.min_valid_seconds,
            unsubscribe_link=unsubscribe_link,
        ),
        reminders=reminders,
        come_back=ComeBack(store, writer, clock),
        due_reminders=DueReminders(
            store,
            writer,
            clock,
            outbox,
            browsers=push_subscriptions,
            desk=reminders,
            links=ReminderLinks(
                settings.origin,
                answer=lambda client_id, day: tokens.issue_answer(client_id, day, clock()),
                unsubscribe=unsubscribe_link,
            ),
        ),
        devices=Devices(store, writer, clock, outbox, origin=settings.origin),
        push_key=push_key,
        push_subscriptions=push_subscriptions,
        directory=Directory(store),
        identities=Identities(store, writer, clock),
        sign_ins=SignIns(store, writer, people, clock, _sign_in_limits(settings), development=settings.demo_sign_in),
        open_pages=OpenPages(),
        audit=AuditLog(store, writer, clock),
        refused_access=RefusedAccess(writer, clock),
        tokens=tokens,
        rooms=rooms,
        safety_reports=SafetyReports(
            store,
            writer,
            clock,
            ensure_coach_on_record=ensure_coach_on_record,
            announce=safety_mails.announce,
        ),
        feedback=FeedbackDesk(
            store,
            writer,
            clock,
            asks=settings.session_questions,
            known_from_talk=known_confidence,
            in_writing=was_in_writing,
            put_confidence=add_stated_confidence,
        ),
        presence=presence,
        sessions=Sessions(rooms, presence, records, facts, clock, replica=replica),
        budgets=budgets,
        coaching=coaching,
        briefings=Briefings(store, writer, clock, coaching, history=partial(earlier_sessions, store)),
        intake=intake,
        written_sessions=WrittenSessions(store, writer, rooms, clock),
        tools=Tools(
            store,
            writer,
            clock,
            coaching.proposals,
            book_next=dates.next_times.use if settings.appointments else None,
        ),
        failed_calls=FailedCalls(store, writer, clock),
        records=records,
        erased_calls=ErasedCalls(store, writer, clock, provider),
        facts=facts,
        metrics=MetricsReader(mirror or store),
        mirror=mirror,
        day_notes=DayNotes(store, writer, clock),
        saved_views=SavedViews(store, writer, clock),
        inventory=Inventory(store, mirror),
        caseload=caseload,
        in_session=InSession(store),
        client_views=ClientViews(store, writer, clock),
        coach_messages=CoachMessages(store, writer, clock, message_notices.announce),
        coach_notes=CoachNotes(store, writer, clock),
        handoffs=Handoffs(store, writer, clock),
        joins=joins,
        live=LiveDesk(joins, clock, ice_plan_of(settings), keep_words=partial(keep_coach_words, intake)),
        appointments=dates.appointments,
        series=dates.series,
        left_appointments=dates.left,
        zone_rules=dates.zone_rules,
        appointment_mails=dates.mails,
        coach_calendars=dates.coach_calendars,
        calendar_feeds=dates.feeds,
        busy_calendars=dates.busy_calendars,
        comparisons=Comparisons(
            store,
            writer,
            clock,
            on=settings.comparisons,
            signs=provider is not None and practice is None,
            pace_at=partial(pace_at, store, settings.min_valid_seconds),
            records_of=partial(records_of, store, settings.min_valid_seconds),
        ),
        branches=AgentBranches(settings),
        demo=DemoCommunity(store),
        off_record=OffRecord(
            writer, clock, rooms=rooms, states=states, after_forget=_forget_above, erasures=erasures
        ),
        own_data=OwnData(
            store,
            writer,
            rooms,
            clock,
            erasures,
            states=states,
            facts_zone=facts_zone_of(settings),
            outbox=outbox,
            origin=settings.origin,
            before_erasing=dates.mails.announce_erasure,
        ),
        session_deletion=SessionDeletion(
            writer,
            clock,
            rooms=rooms,
            states=states,
            erasures=erasures,
            facts_zone=facts_zone_of(settings),
        ),
        retention=Retention(
            store, writer, clock, rooms=rooms, states=states, erasures=erasures, kept_for=KeptFor.of(settings)
        ),
        maintenance=Maintenance(store, writer, erasures, clock),
        backups=Backups(store, clock, backup_plan(settings)),
        downloads=downloads,
        copies=copies,
        erased_elsewhere=ErasedElsewhere(
            store,
            writer,
            clock,
            erasures,
            copies,
            facts_zone=facts_zone_of(settings),
            forget_words=intake.forget_all,
        ),
        provider=provider,
        practice=practice,
        webhook_secret=webhook_secret,
        link=link,
        _resources=resources,
    )


def _ways_out(
    settings: Settings, push_key: VapidKey | None, push_subscriptions: PushSubscriptions
) -> dict[Channel, MessageSender]:
    senders: dict[Channel, MessageSender] = {}
    if (mail := mail_server_of(settings)) is not None:
        senders[Channel.MAIL] = MailSender(mail)
    if (receiver := hook_receiver_of(settings)) is not None:
        senders[Channel.HOOK] = HookSender(receiver)
    if push_key is not None:
        senders[Channel.PUSH] = PushSender(push_key, push_subscriptions, contact=settings.origin)
    return senders


def _invite_by(outbox: Outbox, origin: str) -> Invite | None:
    if not outbox.can_send(Channel.MAIL):
        return None

    def invite(transaction: Transaction, member: Member) -> bool:
        is_client = member.role == Role.CLIENT
        return put_invitation(
            outbox, transaction, name=member.display_name, email=member.email, is_client=is_client, origin=origin
        )

    return invite


def _room_limits(settings: Settings) -> RoomLimits:
    return RoomLimits(
        session=timedelta(minutes=settings.session_minutes),
        extra=timedelta(minutes=settings.extra_minutes),
        extra_times=settings.extra_times,
        grace=timedelta(seconds=settings.grace_seconds),
        room=timedelta(hours=settings.room_hours),
        pause=timedelta(minutes=settings.pause_minutes),
    )


def _recording_limits(settings: Settings) -> RecordingLimits:
    return RecordingLimits(settings.max_turn_chars, settings.max_session_bytes, settings.max_session_turns)


def _sign_in_limits(settings: Settings) -> SignInLimits:
    return SignInLimits(idle=timedelta(hours=settings.sign_in_idle_hours), longest=settings.longest_sign_in)


def _after_end(
    transaction: Transaction,
    session_ids: Sequence[str],
    *,
    facts: DueFacts,
    reports: HookReports,
    joins: Joins,
    clock: Clock,
) -> None:
    """A human coach's visit is over; of sessions off the record all goes but their times; others are told.

    A human coach's question that the AI coach was to ask is asked. What the AI coach looked up is not kept on.
    """
    forget_lookups(transaction, session_ids)
    joins.end_of_sessions(transaction, session_ids)
    settle_off_record(transaction, session_ids, clock())
    settle_asked(transaction, talked_in(transaction, session_ids))
    facts.mark(transaction, session_ids)
    reports.sessions_finished(transaction, session_ids)


def _forget_above(transaction: Transaction, forgotten: Forgotten) -> None:
    """Deletes what packages above coaching keep of a client's forgotten memories."""
    forget_in_briefings(transaction, forgotten)
    delete_analysis(transaction, forgotten.session_ids, forgotten.at_time)
