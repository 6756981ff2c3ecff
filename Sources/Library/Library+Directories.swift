// Names of paths, which are text alone, and what can be done with files and directories as wholes.
import Diagnostics
import Tensor
import VM

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let outside = Derivative.none(because: "what is in a file does not depend on the parameters")
private let asText = Derivative.none(because: "text has no derivative")
private let pathParameter = BuiltinParameter(
  "path", .string, .required, "a path; relative ones begin at the current directory")

extension Library {
  static let directories: [Builtin] = [
    pathJoin, pathPart("path_name"), pathPart("path_stem"), pathPart("path_extension"), pathPart("path_parent"),
    isDirectory, fileSize, listDirectory, globbed, makeDirectory, temporaryDirectory, removeFile, removeDirectory,
    moved("copy_file"), moved("rename_file"),
  ]

  // MARK: Names

  private static let pathJoin = Builtin(
    "path_join", [BuiltinParameter("parts", .string, .variadic, "names and paths")],
    summary: "One path of several parts.", details: "An absolute part drops those before it, as `cd` would.",
    example: "print(path_join(\"data\", \"train/\", \"a.csv\"), path_join(\"data\", \"/tmp\"))",
    expected: "data/train/a.csv /tmp", derivative: asText
  ) { call in
    var path = ""
    for part in ListRef(call[0]).buffer {
      guard part.tag == .string else { throw call.wrong(0, "strings", found: part) }
      let text = StringRef(part).string
      if text.hasPrefix("/") || path.isEmpty { path = text } else { path += (path.hasSuffix("/") ? "" : "/") + text }
    }
    return call.heap.string(path)
  }

  private static func pathPart(_ name: String) -> Builtin {
    let (summary, expected) =
      switch name {
      case "path_name": ("The last name of a path.", "b.tar.gz")
      case "path_stem": ("The last name of a path without its extension.", "b.tar")
      case "path_extension": ("What stands behind the last dot of a path's last name, with the dot, or nothing.", ".gz")
      default: ("The path of the directory that something lies in.", "data")
      }
    return Builtin(
      name, [pathParameter], summary: summary, details: "Looks at the text alone.",
      example: "print(\(name)(\"data/b.tar.gz\"))", expected: expected, derivative: asText
    ) { call in
      let path = try call.text(0)
      let trimmed = PathName(path)
      switch name {
      case "path_name": return call.heap.string(trimmed.last)
      case "path_stem": return call.heap.string(trimmed.stem)
      case "path_extension": return call.heap.string(trimmed.fileExtension)
      default: return call.heap.string(trimmed.parent)
      }
    }
  }

  // MARK: Looking

  private static let isDirectory = Builtin(
    "is_directory", [pathParameter], summary: "Whether there is a directory at this path.",
    example: "print(is_directory(\"/\"), is_directory(\"no/such\"))", expected: "true false", derivative: outside,
    capability: .files
  ) { call in Value(PathName.isDirectory(try call.machine.files.readable(call.path(0)))) }

  private static let fileSize = Builtin(
    "file_size", [pathParameter], summary: "The bytes in a file.",
    example: "let path = path_join(temporary_directory(), \"a\")\nwrite_text(path, \"12345\")\nprint(file_size(path))",
    expected: "5", derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    var status = stat()
    if stat(try call.machine.files.readable(path), &status) != 0 { throw fileProblem(path) }
    return Value(Int(status.st_size))
  }

  private static let listDirectory = Builtin(
    "list_directory", [pathParameter], summary: "The names in a directory, sorted.",
    details: "Without `.` and `..`; `path_join(path, name)` is the path of one.",
    example: "let here = temporary_directory()\nwrite_text(path_join(here, \"b\"), \"\")\n"
      + "make_directory(path_join(here, \"a\"))\nprint(list_directory(here))",
    expected: #"["a", "b"]"#, derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    guard let names = namesInDirectory(try call.machine.files.readable(path)) else { throw fileProblem(path) }
    return call.heap.list(names.sorted(by: byBytes).map { call.heap.string($0) })
  }

  private static let globbed = Builtin(
    "glob", [BuiltinParameter("pattern", .string, .required, "a path with `*`, `?`, `[a-z]` or `**`")],
    summary: "The paths of files and directories that fit a pattern, sorted.",
    details:
      "`*` and `?` stay within a name, `**` is any number of directories. Names with a dot in front fit only a dot.",
    example: "let here = temporary_directory()\nfor n in [\"a.csv\", \"b.csv\", \"c.txt\"] "
      + "{ write_text(path_join(here, n), \"\") }\nprint(map(path_name, glob(path_join(here, \"*.csv\"))))",
    expected: #"["a.csv", "b.csv"]"#, derivative: outside, capability: .files
  ) { call in
    let paths = try Glob(call.path(0), call.machine).paths()
    return call.heap.list(paths.sorted(by: byBytes).map { call.heap.string($0) })
  }

  // MARK: Changing

  private static let makeDirectory = Builtin(
    "make_directory", [pathParameter], summary: "Makes a directory, with those that it lies in.",
    details: "One that is there already is fine.",
    example: "let path = path_join(temporary_directory(), \"a/b\")\nmake_directory(path)\nprint(is_directory(path))",
    expected: "true", derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    _ = try call.machine.files.writable(path)
    var missing: [String] = []
    var next = path
    while !next.isEmpty && !PathName.isDirectory(next) {
      missing.append(next)
      let parent = PathName(next).parent
      if parent == next || parent == "." { break }
      next = parent
    }
    for directory in missing.reversed() where mkdir(directory, 0o777) != 0 && !PathName.isDirectory(directory) {
      throw fileProblem(directory)
    }
    return .none
  }

  private static let temporaryDirectory = Builtin(
    "temporary_directory", [], summary: "Makes a new empty directory for files that nobody keeps, and gives its path.",
    details: "In `$TMPDIR` or /tmp. It is removed, with what is in it, when the program ends.",
    example: "print(list_directory(temporary_directory()))", expected: "[]", derivative: outside, capability: .files
  ) { call in
    let base = try call.machine.files.writable(environment("TMPDIR") ?? "/tmp")
    var template = Array("\(base)/trellis-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw fileProblem(base) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    call.memory.temporaryDirectories.append(path)
    return call.heap.string(path)
  }

  private static let removeFile = Builtin(
    "remove_file", [pathParameter], summary: "Removes a file.", details: "One that is not there is an error.",
    example: "let path = path_join(temporary_directory(), \"a\")\nwrite_text(path, \"\")\nremove_file(path)\n"
      + "print(file_exists(path))",
    expected: "false", derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    if unlink(try call.machine.files.writable(path)) != 0 { throw fileProblem(path) }
    return .none
  }

  private static let removeDirectory = Builtin(
    "remove_directory", [pathParameter], summary: "Removes an empty directory.",
    details: "One that is not there or not empty is an error.",
    example: "let path = temporary_directory()\nremove_directory(path)\nprint(is_directory(path))",
    expected: "false", derivative: outside, capability: .files
  ) { call in
    let path = try call.path(0)
    if rmdir(try call.machine.files.writable(path)) != 0 { throw fileProblem(path) }
    return .none
  }

  private static func moved(_ name: String) -> Builtin {
    let isCopy = name == "copy_file"
    return Builtin(
      name,
      [
        BuiltinParameter("from", .string, .required, "the path of a file"),
        BuiltinParameter("to", .string, .required, "its \(isCopy ? "copy's" : "new") path; a file there is replaced"),
      ],
      summary: isCopy ? "Copies a file." : "Gives a file or directory another path.",
      details: isCopy ? "The copy takes its place when it is complete." : "Both paths lie on the same file system.",
      example: "let here = temporary_directory()\nwrite_text(path_join(here, \"a\"), \"x\")\n"
        + "\(name)(path_join(here, \"a\"), path_join(here, \"b\"))\nprint(list_directory(here))",
      expected: isCopy ? #"["a", "b"]"# : #"["b"]"#, derivative: outside, capability: .files
    ) { call in
      let (from, to) = (try call.path(0), try call.path(1))
      if isCopy {
        let bytes = try FileBytes(path: call.machine.files.readable(from), heap: call.heap)
        defer { bytes.free() }
        try FileWriting.replace(to, with: bytes.buffer, machine: call.machine)
      } else if rename(try call.machine.files.writable(from), try call.machine.files.writable(to)) != 0 {
        throw fileProblem(errno == ENOENT && !canRead(from) ? from : to)
      }
      return .none
    }
  }
}
