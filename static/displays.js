/**
 * Displays that grey levels can be made for: by the Grayscale Standard Display Function (PS3.14), on an office display of so much light.
 * Presets as data; black holds what the room adds.
 *
 * @typedef {import("./messages.js").Pair} Pair
 */

export const DISPLAYS = /** @type {{words: string, luminance: Pair | null}[]} */ ([
  { words: "Display's own greys", luminance: null },
  { words: "GSDF, 0.3–170 cd/m²", luminance: [0.3, 170] },
  { words: "GSDF, 0.5–250 cd/m²", luminance: [0.5, 250] },
  { words: "GSDF, 0.8–350 cd/m²", luminance: [0.8, 350] },
  { words: "GSDF, 1–500 cd/m²", luminance: [1, 500] },
]);
