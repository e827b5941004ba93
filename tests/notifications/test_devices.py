"""New devices: how many are known of one client."""

from __future__ import annotations

from coachroom.app.container import Services
from coachroom.notifications.devices import MAX_DEVICES
from tests.services import ANA, store_of


def test_so_many_devices_are_known_and_no_more(services: Services) -> None:
    services.devices.wish(ANA, device="one")
    for number in range(MAX_DEVICES + 5):
        services.devices.note_use(ANA, f"made up {number}", email="ana@example.com", name="Ana")
    assert store_of(services).execute("SELECT count(*) FROM devices") == [(MAX_DEVICES,)]
