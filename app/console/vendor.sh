# Copies the libraries that the console loads, and their licences, from npm's packages in .console.
set -eu
from=.console/node_modules
to=app/console/static/vendor
cp "$from/htm/preact/standalone.module.js" "$to/preact.js"
cp "$from/uplot/dist/uPlot.esm.js" "$to/uplot.js"
cp "$from/uplot/dist/uPlot.min.css" "$to/uplot.css"
for name in htm preact uplot; do
    printf '%s\n\n' "== $name"
    cat "$from/$name/LICENSE"
    printf '\n'
done > "$to/LICENSES.txt"
