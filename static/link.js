/** Signs in by itself. By a POST: whoever only looks at the link, such as a mail scanner, does not use it up. */

import { byId } from "./element.js";

byId("link", HTMLFormElement).requestSubmit();
