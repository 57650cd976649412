// SPDX-License-Identifier: Apache-2.0
// The one error of every floor: what is wrong, where, what to do, and which exit code it becomes.

/// Where in an input something stands. Lines and columns count from 1, columns in Unicode scalars.
public struct Place: Sendable, Hashable {
    /// The file's name as the person gave it.
    public var file: String?
    /// The JSON pointer (RFC 6901) of the value.
    public var pointer: String?
    public var line: Int?
    public var column: Int?
    /// The byte offset in the input.
    public var offset: Int?

    public init(file: String? = nil, pointer: String? = nil, line: Int? = nil, column: Int? = nil, offset: Int? = nil) {
        self.file = file
        self.pointer = pointer
        self.line = line
        self.column = column
        self.offset = offset
    }
}

/// Something that was refused: a structured error whose words are written where it is thrown and rendered in one place.
///
/// Decision record 0002 says why there is one such type instead of one a module.
public struct Refusal: Error, Sendable, Hashable {
    /// What class of trouble it is; `CommandSupport` maps it to an exit code (sysexits(3)).
    public enum Category: String, Sendable, Hashable {
        /// The answer is no: not verified, findings, differs.
        case answerIsNo
        case usage
        case badData
        case noInput
        case unavailable
        /// Our own bug.
        case internalError
        case cannotCreate
        case inputOutput
        /// Nothing is lost; try again or `resume`.
        case tryAgain
        /// Trust, approvals, window.
        case notPermitted
        case configuration
    }

    /// Stable, kebab-case, for scripts.
    public var code: String
    public var category: Category
    public var message: String
    public var place: Place
    /// More lines, one thing each, where there is more than one thing to say.
    public var details: [String]
    public var hint: String?

    public init(
        _ code: String, _ category: Category, _ message: String, at place: Place = Place(), details: [String] = [], hint: String? = nil
    ) {
        self.code = code
        self.category = category
        self.message = message
        self.place = place
        self.details = details
        self.hint = hint
    }

    /// The same refusal with the file named, where none was named yet.
    public func inFile(_ file: String?) -> Refusal {
        var copy = self
        if copy.place.file == nil { copy.place.file = file }
        return copy
    }
}
