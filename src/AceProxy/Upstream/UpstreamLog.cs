using AceProxy.Splicing;
using AceProxy.Upstream.Playback;
using AceProxy.Upstream.Recovery;

namespace AceProxy.Upstream;

internal static partial class UpstreamLog
{
    [LoggerMessage(20, LogLevel.Information, "{Content} is flowing from engine {Engine}")]
    public static partial void Flowing(ILogger logger, string content, string engine);

    [LoggerMessage(21, LogLevel.Warning, "{Content} interrupted on engine {Engine}: {End} ({Detail}); {Action} in {Milliseconds} ms")]
    public static partial void Interrupted(
        ILogger logger, string content, string engine, ReadEnd end, string detail, RecoveryAction action, long milliseconds);

    [LoggerMessage(22, LogLevel.Warning, "Engine {Engine} tells nonsense of {Content}: {Nonsense}")]
    public static partial void Nonsense(ILogger logger, string engine, string content, string nonsense);

    [LoggerMessage(23, LogLevel.Information, "{Content} is to leave engine {Engine} ({Reason}); a successor is sought while it plays on")]
    public static partial void Leaving(ILogger logger, string content, string engine, string reason);

    [LoggerMessage(24, LogLevel.Information, "{Content} has moved from engine {From} to engine {To}")]
    public static partial void Moved(ILogger logger, string content, string from, string to);

    [LoggerMessage(25, LogLevel.Warning, "{Content} is to leave engine {Engine}, but no other takes it: it stays")]
    public static partial void Stays(ILogger logger, string content, string engine);

    [LoggerMessage(26, LogLevel.Warning, "{Content} could not move to engine {Engine}: {End} ({Detail}); it is tried again")]
    public static partial void SuccessorFailed(ILogger logger, string content, string engine, ReadEnd end, string detail);

    [LoggerMessage(28, LogLevel.Information,
        "{Content} goes on without a gap: {Packets} packets ({Overlap} ms) of the new connection were there already; it took {Took} ms")]
    public static partial void Spliced(ILogger logger, string content, long packets, long? overlap, long took);

    [LoggerMessage(29, LogLevel.Warning,
        "{Content} jumps by {Distance} ms ({Reason}), to a random access point: {AtRandomAccess}; it took {Took} ms")]
    public static partial void Jumped(ILogger logger, string content, long? distance, JumpReason reason, bool atRandomAccess, long took);
}
