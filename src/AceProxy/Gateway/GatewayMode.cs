namespace AceProxy.Gateway;

/// <summary>How a player comes to the worker that was chosen for it.</summary>
internal enum GatewayMode
{
    /// <summary>The gateway passes every byte on: players need to reach nobody else.</summary>
    Proxy,

    /// <summary>The gateway answers 302 with the worker's address: the data does not pass through it, but players must reach the workers.</summary>
    Redirect,
}
