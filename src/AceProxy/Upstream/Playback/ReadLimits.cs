namespace AceProxy.Upstream.Playback;

/// <summary>How long a connection may take to its header and from there to its first byte.</summary>
internal readonly record struct ReadLimits(TimeSpan Header, TimeSpan FirstByte)
{
    /// <summary>The engine has to find peers and fill its buffer first.</summary>
    public static ReadLimits ForNewSession(UpstreamOptions options) => new(options.HeaderTimeout, options.FirstByteTimeout);

    /// <summary>
    /// The engine has to prepare again, but viewers wait already: for what is left of their patience, though not less than a connection
    /// that had stalled is given. With another engine to go to, half of it, so that the next may show what it can do.
    /// </summary>
    public static ReadLimits ForReplacement(UpstreamOptions options, TimeSpan patience, bool hasOther)
    {
        TimeSpan share = hasOther ? patience / 2 : patience;
        TimeSpan most = share > options.StallTimeout ? share : options.StallTimeout;
        return new ReadLimits(Least(options.HeaderTimeout, most), Least(options.FirstByteTimeout, most));
    }

    /// <summary>A session that was flowing has nothing to prepare.</summary>
    public static ReadLimits ForReconnection(UpstreamOptions options) => new(options.StallTimeout, options.StallTimeout);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
