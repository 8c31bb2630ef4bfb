using AceProxy.Splicing;

namespace AceProxy.Upstream;

internal static partial class UpstreamLog
{
    [LoggerMessage(20, LogLevel.Information, "{Content} is flowing from engine {Engine}")]
    public static partial void Flowing(ILogger logger, string content, string engine);

    [LoggerMessage(21, LogLevel.Warning, "{Content} interrupted on engine {Engine}: {End} ({Detail}); {Action} in {Milliseconds} ms")]
    public static partial void Interrupted(
        ILogger logger, string content, string engine, ReadEnd end, string detail, RecoveryAction action, long milliseconds);

    [LoggerMessage(28, LogLevel.Information,
        "{Content} goes on without a gap: {Packets} packets ({Overlap} ms) of the new connection were there already; it took {Took} ms")]
    public static partial void Spliced(ILogger logger, string content, long packets, long? overlap, long took);

    [LoggerMessage(29, LogLevel.Warning,
        "{Content} jumps by {Distance} ms ({Reason}), to a random access point: {AtRandomAccess}; it took {Took} ms")]
    public static partial void Jumped(ILogger logger, string content, long? distance, JumpReason reason, bool atRandomAccess, long took);
}
