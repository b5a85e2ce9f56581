/** An export as a stream of bytes: whoever stops reading ends it. */
import { byteStream } from '../db/byte-stream.js'
import { type ExportReport, type ExportRequest, exportPointInTime } from './export.js'

export function exportStream(request: ExportRequest): AsyncGenerator<Uint8Array, ExportReport> {
  return byteStream(request.db, (sink) => exportPointInTime(request, sink))
}
