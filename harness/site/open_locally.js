'use strict';
/* Old links to asv's list of regressions lead to ours. */
if (window.location.hash.indexOf('#/regressions') === 0) {
    window.location.replace('overview.html');
}
/* Lets the site open by double click. A browser refuses to fetch JSON next to a page opened as
   file:, but it does load scripts: data.js holds the same JSON. Served pages never load data.js. */
if (window.location.protocol === 'file:') {
    document.write('<script src="data.js"><\/script>');
    $.ajaxTransport('+*', function (options) {
        return {
            send: function (headers, complete) {
                var path = decodeURIComponent(options.url.split('?')[0]);
                var known = Object.prototype.hasOwnProperty.call(window.SITE_DATA || {}, path);
                /* Later, as a real answer: the page's other scripts register their views first. */
                window.setTimeout(function () {
                    if (known) {
                        complete(200, 'OK', {json: window.SITE_DATA[path]});
                    } else {
                        complete(404, 'not in data.js');
                    }
                }, 0);
            },
            abort: function () {}
        };
    });
}
