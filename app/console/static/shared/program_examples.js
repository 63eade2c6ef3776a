// Programs to begin with.

/** @type {{name: string, program: string}[]} */
export const EXAMPLES = [
  {
    name: "Bell pair (OpenQASM 3)",
    program: `OPENQASM 3.0;
include "stdgates.inc";

qubit[2] q;
bit[2] c;

h q[0];
cx q[0], q[1];
c = measure q;
`,
  },
  {
    name: "Bell pair (OpenQASM 2)",
    program: `OPENQASM 2.0;
include "qelib1.inc";

qreg q[2];
creg c[2];

h q[0];
cx q[0], q[1];
measure q -> c;
`,
  },
  {
    name: "Phase estimation with a loop",
    program: `OPENQASM 3.0;
include "stdgates.inc";

// Three bits of the phase 5/8 of a P gate: the result is 101.
qubit[3] k;
qubit target;
bit[3] c;

x target;
h k;
for int i in [0:2] {
  cp(2 * pi * 5 / 8 * 2 ** i) k[i], target;
}

// The inverse Fourier transform.
swap k[0], k[2];
h k[0];
cp(-pi / 2) k[0], k[1];
h k[1];
cp(-pi / 4) k[0], k[2];
cp(-pi / 2) k[1], k[2];
h k[2];
c = measure k;
`,
  },
  {
    name: "Teleportation with feedback",
    program: `OPENQASM 3.0;
include "stdgates.inc";

qubit[3] q;
bit a;
bit b;
bit result;

ry(pi / 3) q[0];
h q[1];
cx q[1], q[2];
cx q[0], q[1];
h q[0];
a = measure q[0];
b = measure q[1];
if (b) { x q[2]; }
if (a) { z q[2]; }
ry(-pi / 3) q[2];
result = measure q[2];
`,
  },
  {
    name: "Ramsey fringe with a delay",
    program: `OPENQASM 3.0;
include "stdgates.inc";

// Under noise with T1 and T2 the qubit loses its phase while it waits.
qubit q;
bit c;

h q;
delay[20us] q;
h q;
c = measure q;
`,
  },
];

/** Programs with inputs, for sweeps. @type {{name: string, program: string}[]} */
export const SWEEP_EXAMPLES = [
  {
    name: "Rotation of one qubit",
    program: `OPENQASM 3.0;
include "stdgates.inc";

input float[64] theta;
qubit[1] q;
bit[1] c;

ry(theta) q[0];
c = measure q;
`,
  },
  {
    name: "Turned pair with two angles",
    program: `OPENQASM 3.0;
include "stdgates.inc";

input float[64] alpha;
input float[64] beta;
qubit[2] q;
bit[2] c;

h q[0];
cx q[0], q[1];
ry(alpha) q[0];
ry(beta) q[1];
c = measure q;
`,
  },
];
