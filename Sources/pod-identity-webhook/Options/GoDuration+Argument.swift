internal import ArgumentParser
internal import GoSyntax

extension GoDuration: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }

    var defaultValueDescription: String { description }
}
