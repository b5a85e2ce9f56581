/** Spines of CSV: an empty cell is null, a quoted empty one the empty string. */
import { ordinal, type SpineTable } from '../offline/spine-table.js'
import { type CsvHeader, readHeader } from './csv-header.js'
import { checkColumns, keptColumns, type SpineContext } from './spine.js'
import { spineBytes } from './spine-bytes.js'
import { copyText, loadStaged, staging, type TextSpine, valueSql } from './spine-staging.js'

export async function loadCsv(context: SpineContext, { content, file }: TextSpine): Promise<SpineTable> {
  const source = spineBytes(content, file)
  try {
    const header = await readHeader(source)
    checkColumns(header.names, context, file === undefined ? undefined : { file, line: 1 })
    return await loadRows(context, header, file)
  } finally {
    // Closes a file that was not read to its end.
    await source.return(undefined)
  }
}

function loadRows(context: SpineContext, { names, lines, content }: CsvHeader, file: string | undefined) {
  // By place: what is left out may have any name.
  const cells = names.map((_, i) => `c${i}`)
  const cell = (name: string) => cells[names.indexOf(name)] as string
  return loadStaged(context, file, async (tx) => {
    await tx.script(`CREATE TEMP TABLE ${staging} (${ordinal} bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000),
      ${cells.map((name) => `${name} text`).join(', ')}) ON COMMIT DROP`)
    const copy = `COPY ${staging} (${cells.join(', ')}) FROM STDIN WITH (FORMAT csv, HEADER true)`
    await copyText(tx, copy, names, { content, file })
    return {
      columns: keptColumns(names, context, 'text'),
      text: cell,
      value: ({ name, type }) => valueSql(cell(name), type),
      number: ordinal,
      header: lines,
    }
  })
}
