// Imports the bundle, which is served as a file, and hands the component over; tells Python when that fails.

const FILE = new URL("./app/static/sql_editor.v1.js", document.baseURI).href

export default function (component) {
  let cleanUp = () => {}
  let isGone = false
  import(FILE)
    .then((module) => {
      if (!isGone) cleanUp = module.default(component)
    })
    .catch((error) => component.setTriggerValue("failed", String(error)))
  return () => {
    isGone = true
    cleanUp()
  }
}
