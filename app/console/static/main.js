// Starts the console in the page.

import { Shell } from "./frame/shell.js";
import { keepScroll } from "./shared/scroll.js";
import { html, render } from "./vendor/preact.js";

keepScroll();
const place = /** @type {HTMLElement} */ (document.getElementById("app"));
render(html`<${Shell} />`, place);
