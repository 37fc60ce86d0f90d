"""Units in a cell: split, shared suffixes, roles, collective units that stay as printed."""

from __future__ import annotations

import time

import pytest

from rectify.reading.draft import Role
from rectify.reading.units import split


@pytest.mark.parametrize(
    ("printed", "role", "units"),
    [
        ("省水务厅（牵头）、省发展厅，甲市、乙市、戊林区党委和人民政府", "responsible",
         "省水务厅/lead 省发展厅/responsible 甲市党委和人民政府/responsible "
         "乙市党委和人民政府/responsible 戊林区党委和人民政府/responsible"),
        ("各市、州、直管市、林区党委和人民政府，省直各部门", "responsible",
         "各市、州、直管市、林区党委和人民政府/responsible 省直各部门/responsible"),
        ("各园区、镇（街道）党委、政府，市生态环境局", "responsible",
         "各园区、镇（街道）党委、政府/responsible 市生态环境局/responsible"),
        ("市水利局、各县（市、区）人民政府、市直有关部门", "responsible",
         "市水利局/responsible 各县（市、区）人民政府/responsible 市直有关部门/responsible"),
        ("州委办公室、州政府办公室主要负责人，甲县、乙县党委和政府主要负责人", "person",
         "州委办公室主要负责人/person 州政府办公室主要负责人/person "
         "甲县党委和政府主要负责人/person 乙县党委和政府主要负责人/person"),
        ("责任单位主要负责同志", "person", "责任单位主要负责同志/person"),
        ("刘某、孙某某", "person", "刘某/person 孙某某/person"),
        ("刘某　孙某某", "person", "刘某/person 孙某某/person"),
        ("刘　某", "person", "刘某/person"),
        ("副市长张某某", "leader", "副市长张某某/leader"),
        ("市水利局牵头，市财政局、各县区政府配合", "responsible",
         "市水利局/lead 市财政局/cooperating 各县区政府/cooperating"),
        ("市生态环境局（牵头），市水利局、市农业农村局（配合）", "responsible",
         "市生态环境局/lead 市水利局/responsible 市农业农村局/cooperating"),
        ("市整改办（牵头）、市生态环境局", "acceptance", "市整改办/acceptance 市生态环境局/acceptance"),
        ("市水利局和市财政局", "responsible", "市水利局/responsible 市财政局/responsible"),
        ("市住房和城乡建设局、市文化和旅游局", "responsible",
         "市住房和城乡建设局/responsible 市文化和旅游局/responsible"),
        ("甲县、乙县政府和市水利局", "responsible", "甲县政府/responsible 乙县政府/responsible 市水利局/responsible"),
        ("甲县县委、县政府", "responsible", "甲县县委、县政府/responsible"),
        ("市委、市政府", "responsible", "市委、市政府/responsible"),
        ("县委办、县政府办", "lead", "县委办/lead 县政府办/lead"),
        ("市水利局、市财政局按职责分工负责", "responsible", "市水利局/responsible 市财政局/responsible"),
        ("市水利局等部门", "responsible", "市水利局/responsible"),
        ("1.市水利局\n2.市财政局", "responsible", "市水利局/responsible 市财政局/responsible"),
        ("市水利局 市财政局", "responsible", "市水利局/responsible 市财政局/responsible"),
        ("市水利局；市水利局", "responsible", "市水利局/responsible"),
        ("——", "lead", ""),
        ("无", "lead", ""),
        ("", "lead", ""),
    ],
)  # fmt: skip
def test_units_are_split_as_offices_mean_them(printed: str, role: Role, units: str) -> None:
    assert " ".join(f"{unit.name}/{unit.role}" for unit in split(printed, role)) == units


def test_long_nonsense_takes_no_time() -> None:
    began = time.perf_counter()
    for text in (
        "、" * 50_000,
        "（" * 50_000,
        "甲市、" * 20_000,
        "牵头" * 20_000,
        "市水利局和" * 10_000,
        "某" * 100_000,
    ):
        split(text, "responsible")
    assert time.perf_counter() - began < 5
