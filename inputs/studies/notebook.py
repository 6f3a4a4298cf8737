# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # gigasite from Python
#
# A case, its plan, the audit of the plan, and questions to the same case, on the tutorial: all of it takes seconds.
# This file is a notebook: `jupytext --to ipynb inputs/studies/notebook.py`, or open it in Jupyter with jupytext.
# Run it from the project's folder, or name the folder of another case here.

# %%
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd

import gigasite

CASE = "inputs/tutorial"

# %% [markdown]
# ## The case
#
# Reading checks every number. What is wrong is told at once, by file, line and column.

# %%
case = gigasite.read_case(CASE)
print(gigasite.describe_case(case))

# %%
try:
    gigasite.read_case(CASE, overrides={"carbon.cap_kg_per_mhw": 50})
except gigasite.CaseRefused as refused:
    print(refused)

# %% [markdown]
# ## The plan
#
# Every objective has a value and a proved bound; the gap between them is how far the plan can be from the best one.

# %%
plan = gigasite.solve(case)
proof = pd.DataFrame([stage.model_dump() for stage in plan.proof.stages])
proof[["objective", "sense", "plan_value", "bound", "plan_gap_share", "status"]]

# %% [markdown]
# The tables of a plan are frames, the same as the CSV files that `gigasite solve` writes.

# %%
frames = plan.to_frames()
sites = frames["sites"]
sites[sites.servers_mw > 0][["site", "name", "period", "status", "servers_mw", "capital_meur"]]

# %% [markdown]
# ## The audit
#
# It recomputes the plan from the inputs without the model: a check per rule, with the worst violation found.

# %%
report = gigasite.audit(case, plan)
checks = pd.DataFrame([vars(check) for check in report.checks])
print(f"sound: {report.sound}; {len(checks)} rules; worst residual {checks.worst.max():.1e}")

# %% [markdown]
# ## Many questions to one case
#
# A session builds the case once. The gap stands beside every answer: a difference that is smaller is none.

# %%
rows = []
with gigasite.Session(case) as session:
    for cap in (20.0, 50.0, 200.0):
        changed = gigasite.read_case(CASE, overrides={"carbon.cap_kg_per_mwh": cap})
        stages = {stage.objective: stage for stage in session.solve(changed).proof.stages}
        rows.append(
            {
                "cap_kg_per_mwh": cap,
                "compute": stages["compute"].plan_value,
                "compute_gap": abs(stages["compute"].bound - stages["compute"].plan_value),
                "cost_meur": stages["cost"].plan_value,
                "cost_gap_meur": abs(stages["cost"].bound - stages["cost"].plan_value),
            }
        )
answers = pd.DataFrame(rows)
answers.round(3)

# %% [markdown]
# ## A study
#
# A study file says what varies; its runs are kept in a folder, with one tidy table. An effect that the bounds of both
# runs leave open to be none is told as none. `gigasite publish` makes an archive of such a folder.

# %%
with TemporaryDirectory() as place:
    study = gigasite.run_study("inputs/studies/tutorial.toml", f"{place}/tutorial", workers=1)
study.effects().round(3)

# %% [markdown]
# ## Pictures
#
# The bars are as long as the gap; where they overlap the runs cannot be told apart.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
left.errorbar(answers.cap_kg_per_mwh, answers.compute, yerr=answers.compute_gap, marker="o", capsize=3)
left.set(xlabel="carbon cap (kg CO2/MWh)", ylabel="new compute (kH100e-years)")
plan.to_geodataframe("zones").plot(ax=right, color="lightgrey")
chosen = plan.to_geodataframe("sites").query("chosen == 1")
chosen.plot(ax=right, color="tab:red")
right.set(title=", ".join(chosen.site))
