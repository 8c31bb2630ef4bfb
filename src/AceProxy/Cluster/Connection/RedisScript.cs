namespace AceProxy.Cluster.Connection;

/// <summary>A piece of Lua that Redis runs as one step. The keys it touches are all passed in.</summary>
internal sealed record RedisScript(string Text);
