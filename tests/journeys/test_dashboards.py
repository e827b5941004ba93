"""An analyst opens a link somebody shared, reads the numbers as a table, and takes them away; nobody else can."""

from __future__ import annotations

import io
import json
import re

import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.journeys.steps import sign_in
from tests.open_server import OpenServer

ANALYST, COACH = "Anton Weber", "Carla Mendes"


def read_workbook(body: bytes) -> pd.DataFrame:
    header, *rows = openpyxl.load_workbook(io.BytesIO(body), read_only=True)["Data"].values
    return pd.DataFrame(rows, columns=header)


READ = {
    "CSV": lambda body: pd.read_csv(io.BytesIO(body)),
    "Parquet": lambda body: pd.read_parquet(io.BytesIO(body)),
    "JSON Lines": lambda body: pd.DataFrame([json.loads(line) for line in body.splitlines()]),
    "Excel": read_workbook,
}
# How many of the sessions that began in a week were rated.
RATINGS = """
SELECT count(*) FROM feedback JOIN session_facts USING (session_id)
WHERE rating IS NOT NULL AND start_time >= $1 AND start_time < $1 + INTERVAL '7 days'
"""


def panel(page: Page, metric: str) -> Locator:
    return page.locator(f".st-key-panel_{metric}")


def test_a_shared_link_shows_the_same_numbers(page: Page, community: OpenServer) -> None:
    sign_in(page, community.url, ANALYST)
    page.goto(f"{community.url}/Satisfaction?range=26+weeks&by=month")
    csat = panel(page, "csat")
    expect(csat.locator("canvas, svg.marks").first).to_be_visible()
    expect(page.get_by_text("hidden where fewer than 5 people could be told apart")).to_be_visible()
    expect(csat.get_by_role("figure").or_(csat.get_by_label(re.compile("Satisfied: "))).first).to_be_attached()
    expect(page.get_by_label("Range")).to_have_value("26 weeks")
    expect(page.get_by_label("By")).to_have_value("month")

    page.get_by_label("Range").click()
    page.get_by_role("option", name="All").click()
    expect(page.get_by_text("from the first session on")).to_be_visible()
    expect(page).to_have_url(re.compile(r"range=All"))
    assert "by=month" in page.url

    csat.get_by_text("Table", exact=True).click()
    expect(csat.get_by_test_id("stDataFrame")).to_be_visible()
    csat.get_by_role("button", name="How is this computed?").click()
    expect(page.get_by_text("ratings of 4 or 5 ÷ all ratings")).to_be_visible()


@pytest.mark.parametrize("format", READ)
def test_a_file_is_for_who_asked_for_it_alone(
    page: Page, other_person: BrowserContext, community: OpenServer, format: str
) -> None:
    sign_in(page, community.url, ANALYST)
    page.goto(f"{community.url}/Satisfaction?range=All")
    csat = panel(page, "csat")
    expect(csat.locator("canvas, svg.marks").first).to_be_visible()
    csat.locator(".st-key-csat_download").get_by_role("button").click()
    open_ = page.get_by_test_id("stPopoverBody")
    open_.get_by_text(format, exact=True).click()
    open_.get_by_role("button", name="Prepare the file").click()
    save = open_.get_by_role("link", name=re.compile("Save csat"))
    expect(save).to_be_visible()
    address = community.url + (save.get_attribute("href") or "").removeprefix(community.url)

    own = page.request.get(address)
    assert own.status == 200
    assert "attachment" in own.headers["content-disposition"]
    frame = READ[format](own.body())
    assert list(frame.columns)[:2] == ["interval_start", "responses"]
    assert len(frame) > 5
    most = frame.loc[pd.to_numeric(frame["responses"]).idxmax()]
    assert community.rows(RATINGS, pd.Timestamp(most["interval_start"]).to_pydatetime()) == [(most["responses"],)]

    assert other_person.request.get(address).status == 404
    sign_in(other_person.new_page(), community.url, COACH)
    assert other_person.request.get(address).status == 404


def test_a_saved_view_opens_in_the_same_tab(page: Page, community: OpenServer) -> None:
    sign_in(page, community.url, ANALYST)
    page.goto(f"{community.url}/Explore?metric=Satisfied+clients&compare=tier")
    page.get_by_text("Save this view").first.click()
    page.get_by_label("Name of what is chosen now").fill("Ratings & tiers")
    page.get_by_role("button", name="Save this view").click()
    link = page.get_by_role("link", name="Ratings & tiers")
    expect(link).to_be_visible()
    page.get_by_label("Metric", exact=True).fill("Broken")
    page.get_by_role("option", name="Broken lines").click()
    expect(page.get_by_label("Metric", exact=True)).to_have_value("Broken lines")
    link.click()
    expect(page.get_by_label("Metric", exact=True)).to_have_value("Satisfied clients")
    expect(page.get_by_label("Compare by")).to_have_value("tier")
    assert len(page.context.pages) == 1
