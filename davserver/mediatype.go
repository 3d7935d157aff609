package davserver

import (
	"path"
	"strings"

	"github.com/quiredav/quire/dav"
)

// mediaType is what GET and getcontenttype say: the type that the client gave,
// else a guess by the name.
func mediaType(res *dav.Resource) string {
	if res.MediaType != "" {
		return res.MediaType
	}
	if t, ok := mediaTypes[strings.ToLower(path.Ext(res.Path.Name()))]; ok {
		return t
	}
	return "application/octet-stream"
}

// mediaTypes is built in, so that a server says the same on every machine.
var mediaTypes = map[string]string{
	".7z": "application/x-7z-compressed", ".aac": "audio/aac", ".apk": "application/vnd.android.package-archive",
	".avi": "video/x-msvideo", ".avif": "image/avif", ".bmp": "image/bmp", ".bz2": "application/x-bzip2",
	".c": "text/plain; charset=utf-8", ".css": "text/css; charset=utf-8", ".csv": "text/csv; charset=utf-8",
	".doc": "application/msword", ".docm": "application/vnd.ms-word.document.macroenabled.12",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".dot":  "application/msword", ".eml": "message/rfc822", ".epub": "application/epub+zip", ".flac": "audio/flac",
	".gif": "image/gif", ".go": "text/plain; charset=utf-8", ".gz": "application/gzip", ".h": "text/plain; charset=utf-8",
	".heic": "image/heic", ".heif": "image/heif", ".htm": "text/html; charset=utf-8", ".html": "text/html; charset=utf-8",
	".ico": "image/vnd.microsoft.icon", ".ics": "text/calendar; charset=utf-8", ".iso": "application/x-iso9660-image",
	".jar": "application/java-archive", ".jpeg": "image/jpeg", ".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".jsonld": "application/ld+json", ".jxl": "image/jxl", ".log": "text/plain; charset=utf-8",
	".m3u": "audio/mpegurl", ".m3u8": "application/vnd.apple.mpegurl", ".m4a": "audio/mp4", ".m4v": "video/mp4",
	".md": "text/markdown; charset=utf-8", ".mid": "audio/midi", ".mjs": "text/javascript; charset=utf-8",
	".mkv": "video/matroska", ".mobi": "application/x-mobipocket-ebook", ".mov": "video/quicktime", ".mp3": "audio/mpeg",
	".mp4": "video/mp4", ".mpeg": "video/mpeg", ".mpg": "video/mpeg", ".odg": "application/vnd.oasis.opendocument.graphics",
	".odp": "application/vnd.oasis.opendocument.presentation", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
	".odt": "application/vnd.oasis.opendocument.text", ".oga": "audio/ogg", ".ogg": "audio/ogg", ".ogv": "video/ogg",
	".opus": "audio/ogg", ".otf": "font/otf", ".pdf": "application/pdf", ".png": "image/png",
	".ppt": "application/vnd.ms-powerpoint", ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".ps": "application/postscript", ".py": "text/x-python; charset=utf-8", ".rar": "application/vnd.rar", ".rtf": "application/rtf",
	".sh": "application/x-sh", ".svg": "image/svg+xml", ".tar": "application/x-tar", ".tgz": "application/gzip",
	".tif": "image/tiff", ".tiff": "image/tiff", ".toml": "application/toml", ".torrent": "application/x-bittorrent",
	".ts": "video/mp2t", ".tsv": "text/tab-separated-values; charset=utf-8", ".ttf": "font/ttf", ".txt": "text/plain; charset=utf-8",
	".vcf": "text/vcard; charset=utf-8", ".vsd": "application/vnd.visio", ".vtt": "text/vtt; charset=utf-8",
	".wasm": "application/wasm", ".wav": "audio/wav", ".weba": "audio/webm", ".webm": "video/webm", ".webp": "image/webp",
	".wmv": "video/x-ms-wmv", ".woff": "font/woff", ".woff2": "font/woff2", ".xhtml": "application/xhtml+xml",
	".xls": "application/vnd.ms-excel", ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xml": "application/xml",
	".xz": "application/x-xz", ".yaml": "application/yaml", ".yml": "application/yaml", ".zip": "application/zip",
	".zst": "application/zstd",
}
