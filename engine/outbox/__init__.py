"""What leaves the house: notices by e-mail, SMS and webhook, each delivery on record.

A notice written with its act is all the act does. The worker makes its deliveries from it
(``push``) and sends them as jobs: the steps of a case pay nothing for them, quiet hours and retries
are rows with a time, and a server that is slow or away holds up nobody.
"""

from engine.outbox.addresses import ALLOWED
from engine.outbox.delivering import MOST, deliver
from engine.outbox.kinds import CHANNELS, GROUPS, Group, group_of, groups_for
from engine.outbox.mail import FROM as MAIL_FROM
from engine.outbox.mail import URL as MAIL_URL
from engine.outbox.parcels import PUBLIC_URL, public_url
from engine.outbox.queue import QUEUE, app, push, worker_app
from engine.outbox.quiet import DEFAULT_QUIET, DEFAULT_ZONE, Quiet
from engine.outbox.sms import URL as SMS_URL
from engine.outbox.sms import problem as sms_problem
from engine.outbox.spreading import keep_in_house

__all__ = [
    "ALLOWED",
    "CHANNELS",
    "DEFAULT_QUIET",
    "DEFAULT_ZONE",
    "GROUPS",
    "MAIL_FROM",
    "MAIL_URL",
    "MOST",
    "PUBLIC_URL",
    "QUEUE",
    "SMS_URL",
    "Group",
    "Quiet",
    "app",
    "deliver",
    "group_of",
    "groups_for",
    "keep_in_house",
    "public_url",
    "push",
    "sms_problem",
    "worker_app",
]
