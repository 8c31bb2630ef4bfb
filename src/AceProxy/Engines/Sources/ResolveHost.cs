using System.Net;

namespace AceProxy.Engines.Sources;

/// <summary>All addresses of a name; throws <see cref="System.Net.Sockets.SocketException"/> where there are none.</summary>
internal delegate Task<IPAddress[]> ResolveHost(string name, CancellationToken cancellation);
