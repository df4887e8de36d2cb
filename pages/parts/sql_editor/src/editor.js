// The portal's SQL editor: CodeMirror 6 inside a Streamlit component.
//
// Contract with sql_editor/__init__.py:
//   data      {text, rev, schema, minHeight, label}; text is taken at mount and when rev has changed, never otherwise
//   state     doc {text, selection, rev}, a moment after typing ends or at the next click on the page; rev is the one that
//             the text stems from, so that Python can tell an answer to an older text
//   trigger   run, the same as doc

import { autocompletion, completionKeymap, closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete"
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands"
import { SQLDialect, sql } from "@codemirror/lang-sql"
import { bracketMatching, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language"
import { Compartment, EditorState, Prec } from "@codemirror/state"
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view"
import { tags } from "@lezer/highlight"
import { BUILTIN, KEYWORDS, TYPES } from "./trino.js"

const DEBOUNCE_MS = 400
const INSERT = "mesh-sql-insert" // the tree of tables asks for text at the cursor

const DIALECT = SQLDialect.define({
  keywords: KEYWORDS,
  builtin: BUILTIN,
  types: TYPES,
  identifierQuotes: '"',
  doubleQuotedStrings: false,
  caseInsensitiveIdentifiers: true,
})

const LOOK = EditorView.theme({
  "&": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-secondary-background-color)",
    border: "1px solid var(--st-widget-border-color, var(--st-border-color))",
    borderRadius: "var(--st-base-radius)",
    fontSize: "0.9rem",
  },
  "&.cm-focused": { outline: "2px solid var(--st-primary-color)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--st-code-font, monospace)", lineHeight: "1.5", overflow: "auto" },
  ".cm-content": { caretColor: "var(--st-text-color)", padding: "0.6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--st-text-color)" },
  ".cm-gutters": { color: "inherit", opacity: "0.65", backgroundColor: "transparent", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--st-primary-color) 7%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--st-primary-color) 32%, transparent)",
  },
  ".cm-tooltip": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-background-color)",
    border: "1px solid var(--st-border-color)",
    borderRadius: "var(--st-base-radius)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--st-code-font, monospace)", maxHeight: "16rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    color: "#FFFFFF",
    backgroundColor: "var(--st-primary-color)",
  },
  ".cm-placeholder": { color: "inherit", opacity: "0.7" },
})

// Streamlit gives both themes' palettes as variables, so one style serves light and dark.
const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--st-link-color)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--st-green-text-color, var(--st-green-color))" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--st-violet-text-color, var(--st-violet-color))" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--st-gray-text-color, var(--st-gray-color))", fontStyle: "italic" },
  { tag: tags.typeName, color: "var(--st-orange-text-color, var(--st-orange-color))" },
  { tag: tags.standard(tags.name), color: "var(--st-blue-text-color, var(--st-blue-color))" },
])

const editors = new WeakMap() // parentElement -> Editor: Streamlit calls `mount` again whenever data or theme change

class Editor {
  constructor(component) {
    this.component = component
    this.rev = component.data.rev
    this.schemaText = ""
    this.sent = JSON.stringify(this.doc(component.data.text))
    this.timer = undefined
    this.language = new Compartment()
    this.view = new EditorView({ parent: this.host(), root: component.parentElement, state: this.state() })
    this.update(component)
    this.listen()
  }

  host() {
    return this.component.parentElement.querySelector("[data-sql-editor]")
  }

  state() {
    const { text, label, minHeight } = this.component.data
    const height = EditorView.theme({ ".cm-scroller": { minHeight, maxHeight: "60vh" } })
    return EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => this.run(), stopPropagation: true }])),
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), highlightActiveLine(),
        // Strict: else the 10 of LIMIT 10 offers log10, and Enter takes it.
        autocompletion({ filterStrict: true }), syntaxHighlighting(COLOURS), indentUnit.of("  "),
        EditorView.lineWrapping, EditorState.tabSize.of(2), LOOK, height, placeholder("SELECT …"),
        EditorView.contentAttributes.of({ "aria-label": label }),
        this.language.of([]),
        // No Tab binding: a Tab that indents would hold keyboard users in the editor.
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.updateListener.of((update) => update.docChanged && this.later()),
      ],
    })
  }

  update(component) {
    this.component = component
    const { rev, text, schema } = component.data
    const schemaText = JSON.stringify(schema)
    if (schemaText !== this.schemaText) {
      this.schemaText = schemaText
      const language = sql({ dialect: DIALECT, schema, upperCaseKeywords: true })
      this.view.dispatch({ effects: this.language.reconfigure(language) })
    }
    if (rev !== this.rev) {
      this.rev = rev
      this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } })
      clearTimeout(this.timer)
      this.sent = JSON.stringify(this.now())
    }
  }

  doc(text, selection = "") {
    return { text, selection, rev: this.rev }
  }

  now() {
    const { doc, selection } = this.view.state
    return this.doc(doc.toString(), this.view.state.sliceDoc(selection.main.from, selection.main.to))
  }

  later() {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.flush(), DEBOUNCE_MS)
  }

  flush() {
    clearTimeout(this.timer)
    const now = this.now()
    const text = JSON.stringify(now)
    if (text === this.sent) return
    this.sent = text
    this.component.setStateValue("doc", now)
  }

  run() {
    this.flush()
    this.component.setTriggerValue("run", this.now())
    return true
  }

  // Text typed less than a debounce ago must reach Python before a click elsewhere does. On `click`, not on blur: a
  // rerun between pointerdown and click swallows the click.
  listen() {
    this.onClick = (event) => event.composedPath().includes(this.view.dom) || this.flush()
    this.onInsert = (event) => this.insert(event.detail)
    document.addEventListener("click", this.onClick, true)
    window.addEventListener(INSERT, this.onInsert)
  }

  insert(text) {
    const { state } = this.view
    const before = state.sliceDoc(Math.max(0, state.selection.main.from - 1), state.selection.main.from)
    this.view.dispatch(state.replaceSelection(/\w/.test(before) ? ` ${text}` : text))
    this.view.focus()
  }

  destroy() {
    clearTimeout(this.timer)
    document.removeEventListener("click", this.onClick, true)
    window.removeEventListener(INSERT, this.onInsert)
    this.view.destroy()
  }
}

export default function mount(component) {
  const { parentElement } = component
  const found = editors.get(parentElement)
  if (found) found.update(component)
  else editors.set(parentElement, new Editor(component))
  return () => {
    editors.get(parentElement)?.destroy()
    editors.delete(parentElement)
  }
}
