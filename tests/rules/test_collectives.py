"""Names that stand for many units, and which units those are."""

from __future__ import annotations

import pytest

from rectify.rules import collectives
from rectify.rules.collectives import Known


@pytest.mark.parametrize(
    ("name", "scopes", "organ"),
    [
        ("各县（市、区）党委、政府", "counties", "委政府"),
        ("各县(市、区)党委和政府", "counties", "委政府"),
        ("各县市区委、政府", "counties", "委政府"),
        ("各县（区）人民政府", "counties", "政府"),
        ("各县（市、区）", "counties", ""),
        ("县（市、区）人民政府", "counties", "政府"),
        ("全市各县（市、区）", "counties", ""),
        ("各旗县区", "counties", ""),
        ("各市、州、直管市、林区党委和人民政府", "counties", "委政府"),
        ("各县（区）纪委监委", "counties", "纪委监委"),
        ("各县（市、区）教育局", "counties", "教育局"),
        ("各区市场监管局", "counties", "市场监管局"),
        ("各园区、镇（街道）党委、政府", "zones towns", "委政府"),
        ("各开发区管委会", "zones", "政府"),
        ("各乡（镇）党委、政府", "towns", "委政府"),
        ("各县（市、区）、各园区", "counties zones", ""),
        ("市直各部门", "departments", ""),
        ("市直部门", "departments", ""),
        ("各县（市、区）党委、政府和市直各部门", "counties departments", "委政府"),
    ],
)
def test_a_name_of_every_unit_of_a_kind_is_recognised(name, scopes, organ):
    found = collectives.recognise(name)

    assert found is not None and not found.some
    assert (found.scopes, found.organ) == (tuple(scopes.split()), organ)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("有关县（市、区）", "counties"),
        ("各有关县（市、区）党委、政府", "counties"),
        ("相关乡镇人民政府", "towns"),
        ("市直有关部门", "departments"),
        ("市有关部门", "departments"),
        ("各有关单位", "any"),
        ("有关部门", "any"),
        ("各责任单位", "any"),
        ("各行业主管部门", "any"),
        ("各帮扶单位", "any"),
        ("各村支部", "any"),
        ("各级党委、政府", "any"),
        ("各级各部门", "any"),
    ],
)
def test_a_name_of_some_units_says_that_they_change_from_item_to_item(name, scopes):
    found = collectives.recognise(name)

    assert found is not None and found.some and found.scopes == (scopes,)


@pytest.mark.parametrize(
    "name",
    [
        "各界联合会",
        "市各界人士联谊会",
        "各族人民联谊会",
        "市直机关工委",
        "市直机关事务服务中心",
        "市机关事务管理局",
        "省属国有企业监管局",
        "区县合作交流办",
        "市有色金属公司",
        "市场监管局",
        "县市场监管局",
        "乡村振兴局",
        "县域经济发展局",
        "区域合作局",
        "市区供水公司",
        "社区建设办公室",
        "甲县、乙县人民政府",
        "开发区管委会",
        "甲县人民政府",
        "市委、市政府",
        "",
    ],
)
def test_a_proper_name_is_no_collective(name):
    assert collectives.recognise(name) is None


UNITS = [
    Known(1, "市整改办"),
    Known(2, "市水利局"),
    Known(3, "云岭水务集团有限公司", parent_id=2),
    Known(4, "云岭市人民政府"),
    Known(5, "锦川区人民政府", "锦川区"),
    Known(6, "青禾县人民政府", "青禾县"),
    Known(7, "中共青禾县委员会", "青禾县"),
    Known(8, "经开区管委会", "经开区"),
    Known(9, "云岭高新技术产业园区管理委员会", "锦川区"),
    Known(10, "柳湾镇人民政府", "青禾县", 6),
    Known(11, "城东街道办事处", "锦川区", 5),
    Known(12, "青禾县教育局", "青禾县", 6),
    Known(13, "锦川区教育体育局", "锦川区", 5),
    Known(14, "水利工程质量监督站", parent_id=2),
    Known(15, "中共临溪县委员会", "临溪县"),
    Known(16, "丁市人民政府", "丁市"),
]


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("各县（市、区）人民政府", [5, 6, 8, 16]),
        ("各县（区）人民政府", [5, 6, 8]),
        ("各市、州、直管市、林区人民政府", [16]),
        ("各县人民政府", [6]),
        ("各县（市、区）党委、政府", [5, 6, 7, 8, 15, 16]),  # both where both are units, else the one there is
        ("各县（市、区）党委", [7, 15]),
        ("各县（市、区）", [5, 6, 8, 15, 16]),  # the place as a whole: its government, else what there is
        ("各园区、镇（街道）党委、政府", [9, 10, 11]),
        ("各园区", [9]),
        ("相关乡镇人民政府", [10, 11]),
        ("各县（市、区）教育局", [12, 13]),
        ("市直各部门", [1, 2]),
        ("各县（市、区）、市直各部门", [1, 2, 5, 6, 8, 15, 16]),
        ("省直各部门", []),
        ("各有关单位", []),
    ],
)
def test_a_collective_name_covers_the_units_of_its_kind(name, covered):
    collective = collectives.recognise(name)
    assert collective is not None

    regions = ("云岭市", "锦川区", "青禾县", "临溪县", "经开区")
    assert collectives.members(collective, UNITS, "云岭市", regions) == covered
