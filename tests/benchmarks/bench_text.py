"""What masking a note of 2 kB costs, in CPU time, and how much memory the worker needs for it."""

import gc
import os
import statistics
import subprocess
import sys
import time

from viewer.masking.text import mask_text, prepare

GOAL_MS = 60.0
GOAL_MB = 1_200
REPEATS = 9

_NOTE = """Patient: Okonkwo, Zoe   MRN: 00{k}3456
DOB: 02/03/1950   Sex: F
Date of service: March {k}, 2024
Facility: Mercy Zwolle Medical Center
HPI: Mrs. Zoe Okonkwo is a 74 year old with Parkinson disease and a Baker cyst, on lisinopril 10 mg and metformin 500 mg BID. BP 142/86, HR 78,
RR 16, T 98.6 F, SpO2 97% on RA. Last seen 02/11/2024 by Dr. Fenwick-Ruiz. Daughter Anneke can be reached at (555) 123-45{k}. Lives in Zwolle and works
at Bloggs and Sons. She reports chest pain that began two hours before arrival while at rest, pressure-like, radiating to the left shoulder and down the
left arm. She denies syncope, palpitations, fever or cough, and has had no recent trauma or travel. Family history is notable for myocardial infarction.
Review of systems: constitutional negative for chills; cardiovascular positive for exertional dyspnea; respiratory negative for wheeze; gastrointestinal
negative for melena; neurological negative for focal weakness. Social history: former smoker, occasional alcohol, walks three times per week.
Examination: alert and oriented, mild distress. Lungs clear to auscultation bilaterally. Regular rate and rhythm, no murmur. Abdomen soft and nontender.
No peripheral edema. Strength 5/5 in all extremities, reflexes 2+. Labs: WBC 11.2, Hgb 13.4, Plt 231, Cr 1.02, K 4.1; troponin pending. ECG shows ST
depression in the lateral leads. Chest radiograph without consolidation or effusion. Impression: acute coronary syndrome, rule out infarction.
Plan: aspirin 325 mg given, heparin per protocol, serial troponins, cardiology consult with Dr. Baptiste, admit to telemetry. Repeat CT in 3 months to
follow the 4 mm nodule in the right upper lobe. Discussed with the patient and her daughter, who agree. Code status: full. Follow up 04/{k}/2024.
Electronically signed by A. Fenwick, MD on 03/{k}/2024 at 14:32, pager 5{k}41
"""


def run() -> list[dict[str, object]]:
    """The median CPU time of a note, and the peak of a fresh process that masks one."""
    prepare()
    gc.collect()
    gc.freeze()  # as the process that workers are forked from does: the word lists are a million objects
    notes = [(_NOTE.format(k=10 + k) * 2)[:2_000] for k in range(REPEATS)]
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(pinned)})
    try:
        times = [
            min(_cpu_ms(note) for _ in range(3)) for note in notes
        ]  # neighbours on the machine add to the rest
    finally:
        gc.unfreeze()
        os.sched_setaffinity(0, pinned)
    megabytes = _peak_mb()
    spread = f"{min(times):.0f} to {max(times):.0f} ms, {REPEATS} notes, the best of 3 each"
    return [
        _figure("text: a note of 2 kB", statistics.median(times), "ms CPU", GOAL_MS, spread),
        _figure(
            "text: peak of a worker", megabytes, "MB", GOAL_MB, "a fresh process, model and lists loaded"
        ),
    ]


def _cpu_ms(note: str) -> float:
    start = time.process_time()
    mask_text(note)
    return (time.process_time() - start) * 1_000


def _peak_mb() -> float:
    code = (
        "from tests.benchmarks.peak import peak_mib; from viewer.masking.text import mask_text, prepare; prepare();"
        f"mask_text({_NOTE!r}); mask_text('El paciente fue visto en la consulta y no presenta dolor');"
        "print(peak_mib())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _figure(name: str, value: float, unit: str, goal: float, detail: str) -> dict[str, object]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "goal": f"<= {goal:g}",
        "holds": value <= goal,
        "detail": detail,
    }
