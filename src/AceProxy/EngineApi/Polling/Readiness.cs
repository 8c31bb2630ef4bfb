namespace AceProxy.EngineApi.Polling;

/// <summary>What a socket is waited for.</summary>
[Flags]
internal enum Readiness
{
    None = 0,

    /// <summary>There is something to read, or nothing more will come.</summary>
    Read = 1,   // EPOLLIN, <sys/epoll.h>

    /// <summary>It takes more, or is connected, or cannot be.</summary>
    Write = 4,  // EPOLLOUT
}
