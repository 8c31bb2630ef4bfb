namespace AceProxy.Upstream;

/// <summary>How long a connection may take to its header and from there to its first byte.</summary>
internal readonly record struct ReadLimits(TimeSpan Header, TimeSpan FirstByte)
{
    /// <summary>The engine has to find peers and fill its buffer first.</summary>
    public static ReadLimits ForNewSession(UpstreamOptions options) => new(options.HeaderTimeout, options.FirstByteTimeout);

    /// <summary>A session that was flowing has nothing to prepare.</summary>
    public static ReadLimits ForReconnection(UpstreamOptions options) => new(options.StallTimeout, options.StallTimeout);
}
