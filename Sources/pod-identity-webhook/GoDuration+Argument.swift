internal import ArgumentParser
internal import Webhook

extension GoDuration: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }

    var defaultValueDescription: String { description }
}
