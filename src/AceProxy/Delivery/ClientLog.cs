using AceProxy.LiveStreams;

namespace AceProxy.Delivery;

internal static partial class ClientLog
{
    [LoggerMessage(60, LogLevel.Information, "Client {Client} joins {Content} from {Address} with {UserAgent}")]
    public static partial void Joined(ILogger logger, string client, string content, string address, string userAgent);

    [LoggerMessage(61, LogLevel.Information,
        "Client {Client} left {Content} after {Seconds:0.0} s and {Bytes} bytes, {Jumps} jumps: {Reason}")]
    public static partial void Left(ILogger logger, string client, string content, double seconds, long bytes, int jumps, EndReason reason);
}
