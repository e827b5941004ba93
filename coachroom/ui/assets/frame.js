// @ts-check
// What a page of its own would do by itself: begins each new page at its heading, and closes the menu after a choice.
import { mountOnce } from "./mount.js";
import { PageWatch } from "./page_watch.js";
import { keepWorker } from "./worker_registration.js";
/** @import { FrameData } from "./component_data.js" */

let kept = false; // once for each page that the browser loads

/** The component frame. It draws nothing. */
export default mountOnce("frame", () => {
  const watch = new PageWatch(document);
  return {
    /** @param {{ data: FrameData }} args */
    update: ({ data }) => {
      watch.show(data.page);
      if (!kept) keepWorker(data.worker);
      kept = true;
    },
    dispose: () => watch.dispose(),
  };
});
