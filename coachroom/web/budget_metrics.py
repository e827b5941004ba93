"""What /metrics says of the community's budget."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from coachroom.app.container import Services
from coachroom.budget.amounts import Kind, Period


def budget_metrics(services: Services) -> Iterator[Metric]:
    """What the community used of each budget, its limits where it has one, and how often each period refused."""
    use = services.budgets.community_use()
    amounts = {Period.COMMUNITY_DAY: use.today, Period.COMMUNITY_MONTH: use.month}
    used = GaugeMetricFamily("coachroom_budget_used", "Used of the community's budget.", labels=["period", "kind"])
    limit = GaugeMetricFamily("coachroom_budget_limit", "The community's budget.", labels=["period", "kind"])
    for period, of_period in amounts.items():
        for kind in Kind:
            used.add_metric([period, kind], of_period.of(kind))
            if (quota := services.budgets.budget[period].of(kind)) != inf:
                limit.add_metric([period, kind], quota)
    refused = CounterMetricFamily(
        "coachroom_budget_refusals", "Addresses and calls that a budget refused since the start.", labels=["period"]
    )
    for period, times in services.budgets.refused.items():
        refused.add_metric([period], times)
    yield from (used, limit, refused)
