"""Which of Qiskit's own tests of its primitives are left out, and why.

By what Qloom stands for, and by module. A name stands for all tests that begin with it.
"""

OWN_BACKEND = "it brings a backend of its own, so that nothing of Qloom would be tested"
MORE_METADATA = "Qloom's metadata say more, and the test compares all of them"

LEFT_OUT = {
    ("backends", "test_backend_sampler_v2"): {
        "test_run_level1": OWN_BACKEND,
        "test_job_size_limit_backend_v1": OWN_BACKEND,
        "test_job_size_limit_backend_v2": OWN_BACKEND,
        "test_circuit_with_aliased_cregs": OWN_BACKEND,
    },
    ("backends", "test_backend_estimator_v2"): {
        "test_aer": OWN_BACKEND,
        "test_job_size_limit_backend_v2": OWN_BACKEND,
    },
    ("primitives", "test_backend_sampler_v2"): {
        "test_run_level1": "it asks for the signals of the readout, which a simulator of gates has not",
        "test_metadata": MORE_METADATA,
        "test_circuit_with_aliased_cregs": "Qiskit skips it without Aer; test_statevector_sampler has it too",
    },
    ("primitives", "test_backend_estimator_v2"): {
        "test_aer": OWN_BACKEND,
        "test_job_size_limit_backend_v2": "it counts the calls of another backend",
        "test_run_errors": "precision 0 is no error: it asks for exact values (test_statevector_estimator)",
    },
    ("primitives", "test_statevector_sampler"): {
        "test_metadata": MORE_METADATA,
        "test_run_errors": "control flow is no error: Qloom runs it (test_backend_sampler_v2 has the others)",
        "test_run_numpy_params": "it compares outcomes of few shots, drawn from two seeds, within a tenth",
        "test_seed": "it reads an attribute that only StatevectorSampler has",
    },
    ("primitives", "test_statevector_estimator"): {
        "test_metadata": MORE_METADATA,
        "test_precision_seed": "it names the numbers that StatevectorEstimator draws for its errors",
        "test_reset": "after a reset in the middle there are no exact values; samples are tested beside it",
    },
}
